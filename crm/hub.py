"""Live streams: one LISTEN per process, told on to every screen that shows one of the things concerned.

A stream says only that there is news; the screen then asks for it, through the views that check who may see it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import psycopg
import structlog
from asgiref.sync import SyncToAsync, sync_to_async
from django.db import connection
from django.http import StreamingHttpResponse
from psycopg import sql

from crm.live import CHANNEL, heard
from crm.sql import conninfo

log = structlog.get_logger(__name__)

BEAT = 15.0  # seconds between two signs of life, by which a viewer who has gone is noticed
LIFE = 300.0  # seconds; then the screen connects anew, and whether it may is asked anew
CALM = 0.25  # seconds in which further news becomes one
BACKOFF = (0.5, 1.0, 2.0, 5.0)  # seconds between attempts to listen again


class Hub:
    """The screens of one process (of its event loop) and the one connection that listens for them."""

    def __init__(self) -> None:
        self.waiting: dict[str, set[asyncio.Event]] = {}
        self.task: asyncio.Task[None] | None = None
        self.listening: asyncio.Task[None] | None = None  # the task, once the database tells it

    @contextmanager
    def news_of(self, *topics: str) -> Iterator[asyncio.Event]:
        """An event that is set as soon as somebody listens, since there may have been news until then, and whenever
        there is news of one of the topics. The first viewer starts the listening, the last one ends it.
        """
        event = asyncio.Event()
        if self.task is not None and self.listening is self.task:
            event.set()
        for topic in topics:
            self.waiting.setdefault(topic, set()).add(event)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.listen())
        try:
            yield event
        finally:
            self.forget(event, topics)

    def forget(self, event: asyncio.Event, topics: Iterable[str]) -> None:
        for topic in topics:
            self.waiting[topic].discard(event)
            if not self.waiting[topic]:
                del self.waiting[topic]
        if not self.waiting and self.task:
            self.task.cancel()  # it takes a while to end: whoever comes meanwhile starts another
            self.task = None

    def tell(self, topics: Iterable[str]) -> None:
        for topic in topics:
            for event in self.waiting.get(topic, ()):
                event.set()

    async def listen(self) -> None:
        """Hear what is announced, until cancelled. After an interruption everybody is told: there may be news."""
        failures = 0
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True) as native:
                    await native.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                    failures = 0
                    self.listening = asyncio.current_task()
                    self.tell(list(self.waiting))
                    async for notice in native.notifies():
                        self.tell(heard(notice.payload))
            except psycopg.Error:
                if self.listening is asyncio.current_task():
                    self.listening = None
                log.warning("live.interrupted", failures=failures)
            await asyncio.sleep(BACKOFF[min(failures, len(BACKOFF) - 1)])
            failures += 1


HUBS: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of this process."""
    return HUBS.setdefault(asyncio.get_running_loop(), Hub())


def stream(*topics: str, calm: float = CALM) -> StreamingHttpResponse:
    """Server-sent events: `news` whenever there is any of these topics."""
    response = StreamingHttpResponse(news(topics, calm), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def news(topics: Iterable[str], calm: float) -> AsyncIterator[bytes]:
    """One viewer's stream. calm: seconds in which further news becomes one."""
    await sync_to_async(hang_up)()
    let_go_of_thread()
    clock = asyncio.get_running_loop().time
    ends = clock() + LIFE
    with hub().news_of(*topics) as event:
        yield b"retry: 1500\n\n"
        while clock() < ends:
            try:
                await asyncio.wait_for(event.wait(), BEAT)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            event.clear()
            yield b"event: news\ndata: \n\n"
            await asyncio.sleep(calm)


def hang_up() -> None:
    """Give back the database connection of this request's thread."""
    connection.close()


def let_go_of_thread() -> None:
    """End the thread that ran this request's synchronous parts: a stream lasts minutes, and needs none."""
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context else None
    if executor:
        executor.shutdown(wait=False)
