"""The ingest door: an ASGI application that passes Django's request cycle by (docs/decisions/ingest-door.md).

POST /in/<source id>/ for every provider's webhooks, and the Segment API under /v1/.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from django.conf import settings

from crm.fields import opened_settings
from crm.privacy.sealing import unseal
from crm.sources.models import Source
from crm.sql import conninfo
from crm.whence import address_of_scope
from integrations.adapter import Adapter, Answer, Event, Request, SourceFacts
from integrations.errors import Rejected
from integrations.inbox.answering import Exchange
from integrations.inbox.hinting import hint
from integrations.inbox.limiting import Limits
from integrations.inbox.receiving import facts
from integrations.inbox.writing import Busy, Writer
from integrations.segment.adapter import write_key
from integrations.segment.browsers import PREFLIGHT
from integrations.sources import SOURCES, SWITCHBOARDS
from journeys.calls.ringing import Route

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SOURCES_FRESH = 3.0  # seconds after which the sources are read anew beside the requests
SOURCES_STALE = 5.0  # seconds that a change of a source may take to reach the door: older ones are waited for
MISS_PAUSE = 0.5  # seconds between two looks for a source that is not there
LARGE = 200_000  # bytes; larger bodies are taken apart off the event loop
HEARD_OUT = 100_000_000  # bytes of a body that is too large that are read and forgotten: many senders listen only then
ALLOWED = ("GET", "HEAD", "POST", "OPTIONS")
CORS = tuple((name.encode(), value.encode()) for name, value in PREFLIGHT.items())


class Sources:
    """The enabled sources by public id and write key, read anew every few seconds."""

    def __init__(self) -> None:
        self.by_id: dict[str, tuple[int, SourceFacts]] = {}
        self.by_key: dict[str, tuple[int, SourceFacts]] = {}
        self.read_at = float("-inf")
        self.reading = asyncio.Lock()
        self.renewal: asyncio.Task[None] | None = None

    async def find(self, index: str, value: str) -> tuple[int, SourceFacts]:
        """The row id and facts of a source. index: "by_id" or "by_key". Raises Rejected when there is none."""
        age = time.monotonic() - self.read_at
        if age > SOURCES_STALE or (value not in getattr(self, index) and age > MISS_PAUSE):
            await self.read()
        elif age > SOURCES_FRESH and (self.renewal is None or self.renewal.done()):
            self.renewal = asyncio.create_task(self.read())
        found: tuple[int, SourceFacts] | None = getattr(self, index).get(value)
        if found is None and index == "by_key":
            raise Rejected("unknown write key; copy it from the source's page, or make one: manage.py add_source", 401)
        if found is None:
            raise Rejected("unknown source; copy its address from the source's page", 404)
        return found

    async def read(self) -> None:
        """Read the sources; while the database is away, those read last stand."""
        async with self.reading:
            if time.monotonic() - self.read_at < MISS_PAUSE:
                return
            try:
                rows = await enabled_sources()
            except psycopg.OperationalError:
                if self.read_at == float("-inf"):
                    raise Busy from None
                return
            self.by_id = {source.public_id: (source.pk, facts(source)) for source in rows}
            self.by_key = {source.write_key: (source.pk, facts(source)) for source in rows}
            self.read_at = time.monotonic()


async def enabled_sources() -> list[Source]:
    """Every enabled source, read on a connection of the event loop's own."""
    names = [field.attname for field in Source._meta.concrete_fields]
    columns = ", ".join(names)
    async with await psycopg.AsyncConnection.connect(conninfo(), connect_timeout=5) as connection:
        result = await connection.execute(f"SELECT {columns} FROM crm_source WHERE disabled_at IS NULL")  # noqa: S608
        return [opened(Source(**dict(zip(names, row, strict=True)))) for row in await result.fetchall()]


def opened(source: Source) -> Source:
    """A source with its secrets as they are, of a row that Django did not read."""
    source.secret, source.settings = unseal(source.secret), opened_settings(source.settings)
    return source


class Door:
    """What the requests of one event loop share."""

    def __init__(self) -> None:
        self.sources = Sources()
        self.writer = Writer()
        self.exchange = Exchange(self.writer)
        self.limits = Limits()

    async def close(self) -> None:
        """Give the connections back."""
        if self.sources.renewal:
            self.sources.renewal.cancel()
        await self.exchange.close()
        await self.writer.close()

    async def take(self, request: Request) -> tuple[Answer, Adapter | None]:
        """Take one request to its answer."""
        adapter: Adapter | None = None
        try:
            self.limits.check_stray(request)
            source_id, source, inner = await self.addressed(request)
            adapter = SOURCES[source.adapter]
            self.limits.check(request, source_id, source, adapter)
            try:
                check_size(inner, adapter)
                return await self.admit(inner, adapter, source_id, source), adapter
            except Rejected as refusal:
                await self.writer.reject(source_id, refusal.reason, refusal.status)
                raise
        except Rejected as refusal:
            self.limits.note(request, refusal.status)
            return failure(refusal.status, refusal.reason), adapter
        except Busy:
            return failure(503, "the inbox cannot take this now; nothing was stored, please send it again"), adapter

    async def largest(self, path: str) -> int:
        """The largest body (bytes) that is kept for a path: its adapter's; little where there is nobody."""
        if not path.startswith("/in/"):
            return SOURCES["segment"].max_body
        try:
            _, source = await self.sources.find("by_id", path.removeprefix("/in/").partition("/")[0])
        except (Rejected, Busy):
            return LARGE
        return SOURCES[source.adapter].max_body

    async def addressed(self, request: Request) -> tuple[int, SourceFacts, Request]:
        """Whose door it is: (row id, facts, the request as its adapter sees it)."""
        if request.path.startswith("/in/"):
            public_id, _, rest = request.path.removeprefix("/in/").partition("/")
            return *(await self.sources.find("by_id", public_id)), replace(request, path=rest)
        key = shown_key(request)
        if not key:
            raise Rejected("no write key; send it as the Basic user or as writeKey in the body", 401)
        return *(await self.sources.find("by_key", key)), request

    async def admit(self, request: Request, adapter: Adapter, source_id: int, source: SourceFacts) -> Answer:
        """Verify a request, take it apart, store its events, and answer."""
        if request.method in ("GET", "HEAD"):
            adapter.verify(request, source)
            return adapter.answer(request, source)
        if len(request.body) > LARGE:
            events = await asyncio.to_thread(taken_apart, adapter, request, source)
        else:
            events = taken_apart(adapter, request, source)
        if events and (route := await self.store(request, source_id, source, events)):
            return SWITCHBOARDS[source.adapter].answer_call(route, request, source)
        return with_refusals(adapter.answer(request, source), events)

    async def store(
        self, request: Request, source_id: int, source: SourceFacts, events: Sequence[Event]
    ) -> Route | None:
        """Store a request's events; of a call that rings, where it goes."""
        switchboard = SWITCHBOARDS.get(source.adapter)
        told = switchboard.told(request, source) if switchboard else None
        route: Route | None = None
        if told:
            route = await self.exchange.take(told, source_id, events)
        else:
            await self.writer.receive(source_id, events)
        hint()
        return route


def shown_key(request: Request) -> str:
    """The write key that a request shows; the body is not looked into where it is too large."""
    if len(request.body) <= SOURCES["segment"].max_body:
        return write_key(request)
    key = write_key(replace(request, method="GET"))
    if not key:
        check_size(request, SOURCES["segment"])
    return key


def check_size(request: Request, adapter: Adapter) -> None:
    """Raises Rejected for a body that is larger than its adapter takes."""
    if len(request.body) > adapter.max_body:
        raise Rejected(f"the body is over {adapter.max_body} bytes; send less at once", 413)


def taken_apart(adapter: Adapter, request: Request, source: SourceFacts) -> Sequence[Event]:
    adapter.verify(request, source)
    return adapter.split(request, source)


def with_refusals(answer: Answer, events: Sequence[Event]) -> Answer:
    """The answer, with the events that were refused alone and why, where the sender reads JSON."""
    refused = [{"messageId": event.key, "reason": event.reason} for event in events if event.reason]
    if not refused or answer.content_type != "application/json":
        return answer
    return replace(answer, body=orjson.dumps(orjson.loads(answer.body) | {"failed": refused}))


def failure(status: int, reason: str) -> Answer:
    return Answer(status, orjson.dumps({"success": False, "error": reason}))


# ASGI

doors: dict[asyncio.AbstractEventLoop, Door] = {}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request of the ingest doors."""
    loop = asyncio.get_running_loop()
    door = doors.get(loop) or doors.setdefault(loop, Door())
    method = scope["method"]
    if method not in ALLOWED:
        await respond(send, failure(405, "use POST"), None)
        return
    if method == "OPTIONS":
        await respond(send, Answer(204, b""), SOURCES["segment"])
        return
    try:
        body = await read_body(receive, await door.largest(scope["path"]))
    except Rejected as refusal:
        await respond(send, failure(refusal.status, refusal.reason), None)
        return
    answer, adapter = await door.take(read_request(scope, body))
    if method == "HEAD":
        answer = replace(answer, body=b"")
    await respond(send, answer, adapter or (SOURCES["segment"] if scope["path"].startswith("/v1/") else None))


async def read_body(receive: Receive, largest: int) -> bytes:
    """The whole body; of one that is over the largest size (bytes), as much as shows that it is."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Rejected("the connection was closed before the whole body had come", 400)
        chunk = message.get("body", b"")
        if size <= largest:
            chunks.append(chunk)
        size += len(chunk)
        if not message.get("more_body") or size > largest + HEARD_OUT:
            return b"".join(chunks)


def read_request(scope: Scope, body: bytes) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope.get("query_string", b"").decode("latin-1")
    raw_path = scope.get("raw_path") or scope["path"].encode()
    url = base_url(scope, headers) + raw_path.decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")
    return Request(
        method=scope["method"], url=url, path=scope["path"], query=query, headers=headers, body=body,
        received_at=datetime.now(UTC), address=address_of_scope((scope.get("client") or [""])[0], headers),
    )  # fmt: skip


def base_url(scope: Scope, headers: Mapping[str, str]) -> str:
    """Scheme and host as the sender wrote them: the public URL where it is set, else from the request."""
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL)
    scheme, host = scope.get("scheme", "http"), headers.get("host", "localhost")
    if settings.IS_BEHIND_PROXY:
        scheme = headers.get("x-forwarded-proto", scheme).split(",")[0].strip()
        host = headers.get("x-forwarded-host", host).split(",")[0].strip()
    return f"{scheme}://{host}"


async def respond(send: Send, answer: Answer, adapter: Adapter | None) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *(CORS if adapter and adapter.cors else ()),
    ]
    if answer.status == 401:
        headers.append((b"www-authenticate", b'Basic realm="throughline"'))
    if answer.status in (429, 503):
        headers.append((b"retry-after", b"2"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
