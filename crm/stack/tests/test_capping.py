"""How much a request may bring."""

from collections.abc import Mapping
from typing import Any

import pytest

from crm.stack.capping import FORM, capped, largest

CHUNK = b"x" * 1_000_000


async def bring(path: str, chunks: int, length: int | None = None) -> tuple[list[int], int]:
    """(statuses, bytes that were read) of a request with so many chunks."""
    statuses: list[int] = []
    given = 0
    sent = iter([True] * (chunks - 1) + [False])

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": CHUNK, "more_body": next(sent)}

    async def send(message: Mapping[str, Any]) -> None:
        if "status" in message:
            statuses.append(message["status"])

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal given
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            given += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200})

    headers = [(b"content-length", str(length).encode())] if length is not None else []
    await capped(application, {"path": path, "headers": headers}, receive, send)
    return statuses, given


async def test_what_says_that_it_is_too_large_is_not_read() -> None:
    assert await bring("/sign-in/", 1, length=FORM + 1) == ([413], 0)


async def test_what_does_not_say_it_is_hung_up_on() -> None:
    assert await bring("/sign-in/", 50) == ([], 3_000_000)


async def test_what_is_small_enough_is_answered() -> None:
    assert await bring("/sign-in/", 3, length=3_000_000) == ([200], 3_000_000)


@pytest.mark.parametrize(("path", "most"), [
    ("/calls/0b1e/recording/", 203_000_000), ("/merge/spreadsheet/", 22_000_000),
    ("/consents/spreadsheet/", 22_000_000), ("/sign-in/", FORM),
    ("/account/recording/x", FORM), ("/api/v1/customers/", FORM),
])  # fmt: skip
def test_only_uploads_may_be_large(path: str, most: int) -> None:
    assert largest(path) == most
