"""The door's writer: whatever requests wait together is written in one transaction, and each is told after its commit.

One transaction a request costs a round trip, a flush of the log and a wake-up each; under load requests arrive while
the last transaction commits, and share the next one. Alone, a request waits for nobody.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
import structlog

from crm.sql import conninfo
from integrations.adapter import Event
from integrations.inbox.receiving import INSERT, REJECT, columns

log = structlog.get_logger(__name__)

GROUP_EVENTS = 2_000
GROUP_BYTES = 16_000_000
BACKLOG_BYTES = 128_000_000  # past it requests are told to come back
TRIES = 8  # of a group whose connection was lost before its commit
PAUSE = 0.25  # seconds between them
GATHER = 0.005  # seconds between two groups; a request that comes after a quiet moment waits for nobody


class Busy(Exception):
    """The inbox cannot take this now; the sender should try again."""


@dataclass(slots=True, eq=False)
class Waiting:
    """What one request wants written. reason, status: not empty when the request was rejected, to be noted."""

    source_id: int
    events: Sequence[Event]
    done: "asyncio.Future[None]"
    reason: str = ""
    status: int = 0
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = sum(len(event.body) for event in self.events)


class Writer:
    """Writes for every request of one event loop, a group at a time, on a connection of its own."""

    def __init__(self) -> None:
        self.waiting: list[Waiting] = []
        self.bytes_waiting = 0
        self.task: asyncio.Task[None] | None = None
        self.connection: psycopg.AsyncConnection | None = None
        self.written_at = 0.0

    async def receive(self, source_id: int, events: Sequence[Event]) -> None:
        """Take events into the inbox; returns after the commit. Raises Busy when nothing was written."""
        await self.wait_for(source_id, events, "", 0)

    async def reject(self, source_id: int, reason: str, status: int) -> None:
        """Note a request that was refused at a source's door."""
        await self.wait_for(source_id, (), reason, status)

    async def wait_for(self, source_id: int, events: Sequence[Event], reason: str, status: int) -> None:
        if self.bytes_waiting > BACKLOG_BYTES:
            raise Busy
        item = Waiting(source_id, events, asyncio.get_running_loop().create_future(), reason, status)
        self.waiting.append(item)
        self.bytes_waiting += item.size
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.run())
        await item.done

    async def run(self) -> None:
        while self.waiting:
            await asyncio.sleep(self.written_at + GATHER - time.monotonic())
            self.written_at = time.monotonic()
            group = self.next_group()
            try:
                await self.write_safely(group)
            except BaseException as error:
                settle(group, Busy())
                if not isinstance(error, Exception):
                    raise
                log.warning("inbox.write_failed", error=type(error).__name__, requests=len(group))

    def next_group(self) -> list[Waiting]:
        group: list[Waiting] = []
        events = size = 0
        for item in self.waiting:
            events, size = events + len(item.events), size + item.size
            if group and (events > GROUP_EVENTS or size > GROUP_BYTES):
                break
            group.append(item)
        del self.waiting[: len(group)]
        self.bytes_waiting -= sum(item.size for item in group)
        return group

    async def write_safely(self, group: Sequence[Waiting]) -> None:
        """Write a group, or each of its requests alone where the database refuses the whole."""
        try:
            await self.write_patiently(group)
        except psycopg.DataError:
            if len(group) == 1:
                raise
            for item in group:
                try:
                    await self.write_patiently([item])
                except psycopg.DataError:
                    settle([item], Busy())

    async def write_patiently(self, group: Sequence[Waiting]) -> None:
        """Write a group, trying again while the connection is lost before the commit: nothing was written then."""
        for left in reversed(range(TRIES)):
            try:
                connection = await self.connected()
                await insert(connection, group)
            except psycopg.OperationalError:
                await self.disconnect()
                if not left:
                    raise
                await asyncio.sleep(PAUSE)
            else:
                break
        await self.commit(connection)
        settle(group, None)

    async def connected(self) -> psycopg.AsyncConnection:
        if self.connection is None or self.connection.closed:
            self.connection = await psycopg.AsyncConnection.connect(conninfo(), connect_timeout=5)
        return self.connection

    async def commit(self, connection: psycopg.AsyncConnection) -> None:
        try:
            await connection.commit()
        except psycopg.Error:  # nobody knows whether it was written: the sender's next try will tell
            await self.disconnect()
            raise

    async def close(self) -> None:
        """Stop writing, and give the connection back."""
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task
        await self.disconnect()

    async def disconnect(self) -> None:
        if self.connection is not None:
            await self.connection.close()
            self.connection = None


async def insert(connection: psycopg.AsyncConnection, group: Sequence[Waiting]) -> None:
    """Write a group's events, tallies and rejections, short of the commit."""
    events = [(item.source_id, event) for item in group for event in item.events]
    try:
        async with connection.cursor() as sql:
            if events:
                await sql.execute(INSERT, columns(events), prepare=True)  # its plan cannot go stale
            refusals = Counter((item.source_id, item.reason, item.status) for item in group if item.reason)
            for (source_id, reason, status), times in sorted(refusals.items()):
                await sql.execute(REJECT, {"s": source_id, "r": reason[:300], "c": status, "n": times})
    except psycopg.Error:
        if not connection.closed:
            await connection.rollback()
        raise


def settle(group: Sequence[Waiting], error: Exception | None) -> None:
    """Wake the requests of a group: their events are in, or they are told the error."""
    for item in group:
        if item.done.done():
            continue
        if error is None:
            item.done.set_result(None)
        else:
            item.done.set_exception(error)
