"""Asking the ingest door in a test: the ASGI application itself, with no server around it."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from integrations.inbox import door

CHUNK = 64 * 1024  # bytes that a server hands over at once


@dataclass(frozen=True, slots=True)
class Answered:
    """What the door said. unread: bytes of the request that nobody took."""

    status: int
    headers: dict[str, str]
    body: bytes
    unread: int

    def json(self) -> Any:
        return orjson.loads(self.body)


def ask(
    path: str, body: bytes = b"", method: str = "POST", headers: Mapping[str, str] | None = None, query: str = ""
) -> Answered:
    """One request to the door."""
    return asyncio.run(ask_many([(path, body, method, headers or {}, query)]))[0]


async def ask_many(requests: list[tuple[str, bytes, str, Mapping[str, str], str]]) -> list[Answered]:
    """Many requests to the door at once."""
    try:
        return await asyncio.gather(*(answered(*request) for request in requests))
    finally:
        mine = door.doors.pop(asyncio.get_running_loop(), None)
        if mine:
            await mine.close()


async def answered(path: str, body: bytes, method: str, headers: Mapping[str, str], query: str) -> Answered:
    sent: list[dict[str, Any]] = []
    given = {"host": "testserver", **headers}
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "scheme": "http",
        "query_string": query.encode(), "headers": [(k.lower().encode(), v.encode()) for k, v in given.items()],
    }  # fmt: skip

    chunks = [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)] or [b""]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message: Any) -> None:
        sent.append(message)

    await door.application(scope, receive, send)
    start, end = sent
    heard = {k.decode(): v.decode() for k, v in start["headers"]}
    return Answered(start["status"], heard, end["body"], sum(map(len, chunks)))


def basic(user: str, password: str = "") -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}
