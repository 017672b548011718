"""Loading the demonstration data: through the doors that vendors use, then drained, in this process."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self

from django.conf import settings
from django.db import connections
from django.db.models import QuerySet

from crm.identity.models import Customer, Identifier
from crm.sources.models import Source
from integrations.demo.casting import Worth
from integrations.demo.letters import CALLS, MAIL, SOCIAL, WEB
from integrations.demo.mailing import DOMAIN
from integrations.demo.posting import Address, Post
from integrations.errors import Rejected
from integrations.inbox.door import application, doors
from integrations.inbox.draining import drain
from integrations.inbox.models import Pending

ADAPTERS = {WEB: "segment", CALLS: "twilio", MAIL: "postmark", SOCIAL: "meta"}
NAMESPACE = "northstar"
UNFINISHED = {"demo": "loading"}  # the web shop's settings until everything is recorded
AT_ONCE = 48  # requests in flight; the door writes those that wait together in one transaction
DRAIN = 1.0  # seconds between two words about progress
THIS_MACHINE = ("127.0.0.1", 0)  # whose browsers may ask as often as they like
PATIENCE = 60.0  # seconds to wait for deliveries that another worker has claimed

Progress = Callable[[int], None]


def ensure_sources() -> dict[str, Address]:
    """Make the four sources unless they are there; their addresses by name."""
    return {name: address_of(ensure_source(name, adapter)) for name, adapter in ADAPTERS.items()}


def ensure_source(name: str, adapter: str) -> Source:
    facts: dict[str, Any] = {"adapter": adapter, "namespace": NAMESPACE, "country": "GB", "is_trusted": name != WEB}
    facts["settings"] = {WEB: UNFINISHED, CALLS: {"recordings": "left"}, MAIL: {"own_domains": [DOMAIN]}}.get(name, {})
    return Source.objects.get_or_create(name=name, defaults=facts)[0]


def is_unfinished() -> bool:
    """Whether loading has begun and was interrupted: the same seed again completes it."""
    return Source.objects.filter(name=WEB, settings=UNFINISHED).exists()


def note_finished() -> None:
    Source.objects.filter(name=WEB, settings=UNFINISHED).update(settings={})


def address_of(source: Source) -> Address:
    path = source.endpoint
    return Address(path, (settings.PUBLIC_URL or "http://localhost") + path, source.write_key, source.secret)


# Sending


def send(posts: Iterable[Post], progress: Progress) -> None:
    """Send every request to the doors. Raises Rejected when one is refused."""
    try:
        asyncio.run(send_all(iter(posts), progress))
    except ExceptionGroup as refused:
        raise refused.exceptions[0] from None


async def send_all(posts: Iterator[Post], progress: Progress) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(send_some(posts, progress))
    finally:
        door = doors.pop(asyncio.get_running_loop(), None)
        if door:
            await door.close()


async def send_some(posts: Iterator[Post], progress: Progress) -> None:
    for post in posts:
        await knock(post)
        progress(post.events)


async def knock(post: Post) -> None:
    """One request, as an ASGI server would hand it over."""
    answer: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": post.body, "more_body": False}

    async def respond(message: Any) -> None:
        answer.append(message)

    headers = [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in post.headers.items())]
    scope = {"type": "http", "method": "POST", "scheme": "http", "path": post.path, "raw_path": post.path.encode(),
             "query_string": b"", "headers": headers, "client": THIS_MACHINE}  # fmt: skip
    await application(scope, receive, respond)
    if answer[0]["status"] >= 300:
        raise Rejected(f"{post.path} answered {answer[0]['status']}: {answer[1]['body'].decode()}", answer[0]["status"])


# Draining


class DrainBeside:
    """Drains in a process of its own while this one sends: parsing is Python's work, and there are two cores.

    If it should die, what it had claimed waits again, and this process records it.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self.finished = context.Value("q", 0)
        self.is_over = context.Event()
        self.process = context.Process(target=self.run, args=(os.getpid(),), daemon=True)

    def __enter__(self) -> Self:
        connections.close_all()  # a connection is no two processes'
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.process.join()

    def run(self, parent: int) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while not self.is_over.is_set() and os.getppid() == parent:
            self.finished.value += drain(DRAIN) or self.rest()

    def rest(self) -> int:
        time.sleep(DRAIN / 10)
        return 0


def drain_everything(progress: Progress) -> None:
    """Record what waits here, and wait for what other workers have claimed."""
    ends_at = time.monotonic() + PATIENCE
    while Pending.objects.exists() and time.monotonic() < ends_at:
        finished = drain(DRAIN)
        progress(finished)
        if finished:
            ends_at = time.monotonic() + PATIENCE
        else:
            time.sleep(DRAIN / 10)


# What to open


def customers_of(worths: Iterable[Worth]) -> list[tuple[Customer, str]]:
    """The customers worth opening that are there, and why."""
    found = []
    for worth in worths:
        identifier = emails().filter(value=worth.email).first()
        if identifier:
            found.append((identifier.customer, worth.reason))
    return found


def emails() -> QuerySet[Identifier]:
    return Identifier.objects.filter(kind="email").select_related("customer")
