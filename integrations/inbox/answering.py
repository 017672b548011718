"""Calls at the door: whoever asks where a ringing call goes is told in time, whatever may be wrong on our side.

The delivery is stored beside it, as every other. While the database is away, the default route is given, and what was
told waits in memory until it can be stored.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import psycopg
import structlog
from django.conf import settings
from psycopg_pool import AsyncConnectionPool

from crm.sql import conninfo
from integrations.adapter import Event
from integrations.inbox.writing import Busy, Writer
from integrations.tracking.ringing import Numbers
from journeys.calls.ringing import Route, default_route, note, ring
from journeys.calls.rota import READ_ROTA, rota_of
from journeys.calls.routing import Rota
from journeys.calls.telling import Progress, Told

log = structlog.get_logger(__name__)

PATIENCE = settings.CALL_PATIENCE  # seconds for routing; then the default route is given
STORING = 0.5  # seconds that a phone system waits for its delivery to be stored before it is answered all the same
ROTA_FRESH = 3.0  # seconds that a change of a rule may take to reach the door
CONNECTIONS = 4
AGAIN = 5.0  # seconds between two tries to store what could not be stored
MOST_KEPT = 1_000  # requests
# Plans are made once a connection, for its indexes: see crm.sql.kept_plans. Calls are derived from deliveries, which
# are stored safely, so nothing waits for the disk here.
OPTIONS = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off -c synchronous_commit=off"

Pool = AsyncConnectionPool[psycopg.AsyncConnection]


class Exchange:
    """Answers the calls of one event loop."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.pool: Pool | None = None
        self.rota = Rota()
        self.rota_read_at = float("-inf")
        self.numbers = Numbers()
        self.reading: asyncio.Task[None] | None = None
        self.kept: set[asyncio.Task[None]] = set()

    async def take(self, told: Told, source_id: int, events: Sequence[Event]) -> Route | None:
        """Store a call's events and find out where it goes, at once; None for one that does not ring."""
        storing = asyncio.create_task(self.writer.receive(source_id, events))
        routing = asyncio.create_task(self.in_time(told, source_id))
        if told.progress != Progress.RINGING:
            await asyncio.gather(storing, routing)
            return None
        route = await routing
        with suppress(TimeoutError, Busy):
            await asyncio.wait_for(asyncio.shield(storing), STORING)
        if not storing.done() or storing.exception():
            self.keep(storing, source_id, events)
        return route

    async def in_time(self, told: Told, source_id: int) -> Route:
        """Where a call goes, or the default route when that is not known in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.routed(told, source_id)
        except Exception as error:  # a call is never lost because of us
            log.warning("calls.not_routed", error=type(error).__name__)
            return default_route(self.rota, "routing was not possible")

    async def routed(self, told: Told, source_id: int) -> Route:
        """Where a call goes. A connection that was lost meanwhile is replaced by another."""
        for left in reversed(range(CONNECTIONS + 1)):
            try:
                async with (await self.connections()).connection() as connection:
                    await self.refresh(connection)
                    if told.progress != Progress.RINGING:
                        await note(connection, source_id, told, self.rota)
                        return default_route(self.rota, "")
                    visits = await self.numbers.visits(connection, told)
                    return await ring(connection, source_id, told, visits, self.rota)
            except psycopg.OperationalError:
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def connections(self) -> Pool:
        """This loop's connections, opened at the first need."""
        if self.pool is None:
            self.pool = pool = AsyncConnectionPool(
                conninfo(),
                min_size=1,
                max_size=CONNECTIONS,
                open=False,
                timeout=PATIENCE,
                kwargs={"autocommit": True, "options": OPTIONS, "prepare_threshold": 0, "connect_timeout": 5},
            )
            await pool.open()
        return self.pool

    async def refresh(self, connection: psycopg.AsyncConnection) -> None:
        """Read the rota and the tracking numbers, where they are not fresh; of old ones, beside."""
        age = time.monotonic() - self.rota_read_at
        if age == float("inf"):
            await self.read(connection)
        elif age > ROTA_FRESH and (self.reading is None or self.reading.done()):
            self.reading = asyncio.create_task(self.read_beside())

    async def read_beside(self) -> None:
        with suppress(psycopg.Error):
            async with (await self.connections()).connection() as connection:
                await self.read(connection)

    async def read(self, connection: psycopg.AsyncConnection) -> None:
        row = await (await connection.execute(READ_ROTA)).fetchone()
        self.rota = rota_of(row or (None,) * 4)
        await self.numbers.read(connection)
        self.rota_read_at = time.monotonic()

    # What could not be stored in time

    def keep(self, storing: "asyncio.Task[None]", source_id: int, events: Sequence[Event]) -> None:
        """Go on storing what could not be stored while its sender waited."""
        if len(self.kept) >= MOST_KEPT:
            log.error("calls.not_stored", source_id=source_id)
            return
        task = asyncio.create_task(self.store(storing, source_id, events))
        self.kept.add(task)
        task.add_done_callback(self.kept.discard)

    async def store(self, storing: "asyncio.Task[None]", source_id: int, events: Sequence[Event]) -> None:
        while True:
            with suppress(Busy):
                return await storing
            await asyncio.sleep(AGAIN)
            storing = asyncio.create_task(self.writer.receive(source_id, events))

    async def close(self) -> None:
        """Give the connections back."""
        for task in [*self.kept, *([self.reading] if self.reading else [])]:
            task.cancel()
        if self.pool is not None:
            await self.pool.close()
