"""Erasing somebody while their events, and others', come in, customers are merged, and staff write of them."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from crm.errors import ThroughlineError
from crm.identity.merging import merge
from crm.identity.models import Customer, Identifier
from crm.privacy.erasing import settling
from crm.privacy.erasing.carrying import finish_all
from crm.privacy.erasing.models import Erasure
from crm.sources.models import Source
from crm.sql import cursor
from integrations.adapter import Event
from integrations.benchmarks.canary import hits_in_database, hits_in_files
from integrations.inbox.draining import drain, drain_all
from integrations.inbox.receiving import receive
from journeys.interactions.models import Interaction
from journeys.tests.factories import user
from journeys.work.models import Note

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "zyxcanary"
THREADS, OTHERS = 8, 12
AGAIN = """
    INSERT INTO integrations_pending (delivery_id, available_at, attempts, reason)
    SELECT id, now(), 0, '' FROM integrations_delivery ON CONFLICT DO NOTHING
"""


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def shop() -> Source:
    return Source.objects.create(name="shop", adapter="segment", namespace="shop", is_trusted=True)


def sent(key: str, **told: Any) -> Event:
    at = (timezone.now() - timedelta(minutes=5)).isoformat()
    return Event(key, at, orjson.dumps({"type": "identify", "messageId": key, "timestamp": at, "sentAt": at} | told))


def theirs(thread: int, at: int) -> Event:
    """Of the one who is erased; every browser of theirs is new."""
    return sent(
        f"c-{thread}-{at}", userId=f"{CANARY}-login", anonymousId=f"{CANARY}-browser-{thread}-{at % 20}",
        traits={"email": f"{CANARY}@example.com", "name": f"Una {CANARY}"},
    )  # fmt: skip


def anothers(thread: int, at: int) -> Event:
    who = (thread * 7 + at) % OTHERS
    return sent(f"o-{thread}-{at}", userId=f"other-{who}", traits={"email": f"other-{who}@example.org"})


@contextmanager
def going_on(shop: Source, count: list[int], clerk: User) -> Iterator[None]:
    """Eight who send and drain, two of whom merge customers beside, until the end of the block."""
    over = threading.Event()
    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(send_on, shop, thread, over, count, clerk) for thread in range(THREADS)]
        try:
            yield
        finally:
            over.set()
    for one in running:
        one.result()


def send_on(shop: Source, thread: int, over: threading.Event, count: list[int], clerk: User) -> None:
    try:
        while not over.is_set():
            at = count[thread]
            receive(shop, [theirs(thread, at), anothers(thread, at)])
            count[thread] += 1
            drain(0.05)
            if thread < 2:
                merge_some(thread + at, clerk)
            time.sleep(0.01)
    finally:
        connections.close_all()


def merge_some(seed: int, clerk: User) -> None:
    """Merge two others; once an erasure is under way, also with the one who is being erased."""
    others = list(Customer.objects.filter(identifiers__value__startswith="other-").distinct().order_by("pk")[:OTHERS])
    whom = others[:1]
    if Erasure.objects.filter(state=Erasure.State.ERASING).exists():
        whom = list(Customer.objects.filter(identifiers__value=f"{CANARY}-login"))
    if whom and len(others) > 2:
        with suppress(ThroughlineError, DatabaseError, ObjectDoesNotExist):
            merge(whom[0], others[1 + seed % (len(others) - 1)], clerk)


def test_nothing_of_the_erased_is_left_or_comes_again_while_eight_send_and_others_are_merged(
    shop: Source, tmp_path: Path
) -> None:
    count, clerk = [0] * THREADS, user("admin")
    with going_on(shop, count, clerk):
        until(lambda: Identifier.objects.filter(value=f"{CANARY}-login").exists() and min(count) > 5)
        assert hits_in_database([CANARY])
        who = Identifier.objects.get(value=f"{CANARY}-login").customer_id
        asked = Erasure.objects.create(customer_id=who, state=Erasure.State.STARTING)
        finish_all()
        erased_at = sum(count)
        until(lambda: sum(count) > erased_at + 3 * THREADS)
    drain_all()
    asked.refresh_from_db()
    assert (asked.state, hits_in_database([CANARY])) == (Erasure.State.DONE, {})
    with cursor() as sql:
        sql.execute(AGAIN)
    drain_all()
    receive(shop, [theirs(thread, at) for thread, sent_by in enumerate(count) for at in range(sent_by)])
    drain_all()
    assert hits_in_database([CANARY]) == {}
    assert hits_in_files(tmp_path, [CANARY]) == []
    assert Interaction.objects.filter(key__startswith="o-").count() == sum(count)


def until(is_so: Any) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def test_what_is_written_by_who_read_them_before_they_went_is_found_afterwards(shop: Source) -> None:
    receive(shop, [theirs(0, 0)])
    drain_all()
    who = Identifier.objects.get(value=f"{CANARY}-login")
    has_read, may_write = threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(write_late, who.pk, has_read, may_write)
        assert has_read.wait(10)
        asked = Erasure.objects.create(customer_id=who.customer_id, state=Erasure.State.STARTING)
        erasing = pool.submit(in_thread)
        time.sleep(1.0)
        asked.refresh_from_db()
        assert asked.state == Erasure.State.ERASING  # it waits for who is writing
        may_write.set()
        writing.result(20)
        erasing.result(30)
    asked.refresh_from_db()
    assert asked.state == Erasure.State.DONE
    assert not Note.objects.exists()
    assert hits_in_database([CANARY]) == {}


def write_late(identifier: int, has_read: threading.Event, may_write: threading.Event) -> None:
    try:
        with transaction.atomic():
            assert Identifier.objects.filter(pk=identifier).exists()
            has_read.set()
            assert may_write.wait(20)
            Note.objects.create(identifier_id=identifier, body=f"{CANARY} rang", at=timezone.now())
    finally:
        connections.close_all()


def in_thread() -> None:
    try:
        finish_all()
    finally:
        connections.close_all()


def test_whoever_is_in_no_transaction_has_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "GRACE", 0.2)
    since = settling.now_ms()
    assert not settling.has_settled(since)
    time.sleep(0.25)
    assert settling.has_settled(since)
