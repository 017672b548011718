"""What is done by the clock, on a broker in memory."""

from collections.abc import Iterator
from datetime import timedelta
from queue import Empty

import pytest
from celery import Celery
from django.utils import timezone

from crm.stack import beats
from crm.stack.models import Heartbeat
from crm.stack.scheduling import SENT, Scheduler

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[Celery]:
    app = Celery("clock", broker="memory://")
    app.conf.beat_schedule = {"hourly": {"task": "of the test", "schedule": 3600.0}}
    yield app
    app.close()


def looks(app: Celery) -> float:
    """What one look of a beat that was just started waits for."""
    scheduler = Scheduler(app)
    pause = scheduler.tick()
    scheduler.close()
    return pause


def sent(app: Celery) -> int:
    """How many messages wait for a worker."""
    count = 0
    with app.connection_for_read() as connection, connection.SimpleQueue("celery") as queue:
        while True:
            try:
                queue.get(block=False).ack()
            except Empty:
                return count
            count += 1


def test_a_new_installation_waits_for_the_hour_and_says_that_its_clock_goes(clock: Celery) -> None:
    assert 0 < looks(clock) <= beats.PAUSE
    assert sent(clock) == 0
    assert beats.ages()[beats.BEAT] is not None


def test_what_was_missed_while_it_was_down_is_sent_once(clock: Celery) -> None:
    Heartbeat.objects.create(part=f"{SENT}hourly", at=timezone.now() - timedelta(hours=2))
    assert looks(clock) == 0
    assert looks(clock) > 0
    assert sent(clock) == 1
