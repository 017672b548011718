"""The sweep drains what nobody announced, and is seen to be at work however long that takes."""

import threading
import time
from collections.abc import Callable

import orjson
import psycopg
import pytest
from django.db import connections

from crm.identity.models import Link
from crm.matching.tests.people import current_model, email, record, source, tell
from crm.sources.models import Source
from crm.sql import conninfo
from crm.stack import beats
from crm.stack.models import Heartbeat
from integrations.inbox.models import Pending
from integrations.inbox.sweeping import sweep
from integrations.inbox.tests.asking import ask, basic
from journeys.interactions.models import Interaction

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30.0  # seconds


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is announced, and nobody is asked."""
    monkeypatch.setattr("integrations.inbox.door.hint", lambda: None)
    monkeypatch.setattr("crm.stack.asking.send", lambda: None)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_sweep_beats_while_a_drain_of_its_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beats, "PAUSE", 0.1)
    shop = Source.objects.create(name="shop", adapter="segment", namespace="shop")
    event = {"messageId": "m1", "anonymousId": "a1", "event": "Quote"}
    assert ask("/v1/track", orjson.dumps(event), headers=basic(shop.write_key)).status == 200
    stopping = threading.Event()
    with psycopg.connect(conninfo()) as obstacle:
        obstacle.execute("LOCK TABLE journeys_interaction IN EXCLUSIVE MODE")  # the drain waits for it
        sweeping = threading.Thread(target=run, args=(stopping,))
        sweeping.start()
        wait_until(lambda: is_draining(obstacle))
        for _ in range(2):
            await_beat()
        assert Pending.objects.exists()
        obstacle.rollback()
    wait_until(Interaction.objects.exists)
    stopping.set()
    sweeping.join()


def await_beat() -> None:
    """Return at the sweep's next heartbeat."""
    beats_before = list(Heartbeat.objects.values_list())
    wait_until(lambda: list(Heartbeat.objects.values_list()) != beats_before)


def run(stopping: threading.Event) -> None:
    """Sweep, as the command does, in a thread."""
    try:
        sweep(stopping.is_set)
    finally:
        connections.close_all()


def is_draining(obstacle: "psycopg.Connection[tuple[object, ...]]") -> bool:
    """Whether somebody waits for the table."""
    waits = "SELECT count(*) FROM pg_locks WHERE relation = 'journeys_interaction'::regclass AND NOT granted"
    return obstacle.execute(waits).fetchone() == (1,)


def test_what_changed_is_matched_when_no_message_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.inbox.sweeping.UNMATCHED", 0.0)
    current_model()
    told = {"given_name": "Elizabeth", "surname": "Whitfield", "date_of_birth": "1986-11-29", "postcode": "CF5 3AB"}
    tell(record("1"), source("office", is_trusted=True), **told)
    tell(email("liz@example.com"), source("post"), **told)
    stopping = threading.Event()
    sweeping = threading.Thread(target=run, args=(stopping,))
    sweeping.start()
    wait_until(Link.objects.filter(basis="scored", held="").exists)
    stopping.set()
    sweeping.join()
