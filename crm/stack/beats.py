"""Heartbeats: each part of the stack says now and then that it is at work."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from django.db import Error, connection
from django.db.models import F
from django.db.models.functions import Now

from crm.stack.models import Heartbeat

WORKER = "worker"
SWEEP = "sweep"
BEAT = "beat"
PARTS = (WORKER, SWEEP, BEAT)
PAUSE = 5.0  # seconds between two heartbeats of the sweep, and between two questions to the worker
STUCK = 600.0  # seconds after which one piece of work is no sign of life any more

log = structlog.get_logger(__name__)


def beat(part: str) -> None:
    """Write down that this part is at work."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": Now()})


@contextmanager
def beating(part: str) -> Iterator[None]:
    """Have the part beat for as long as the block lasts, up to STUCK: a long piece of work is work too."""
    done = threading.Event()
    heart = threading.Thread(target=beat_until, args=(part, done), name="heart", daemon=True)
    heart.start()
    try:
        yield
    finally:
        done.set()
        heart.join()


def beat_until(part: str, done: threading.Event) -> None:
    """Beat now and then, on a connection of this thread's own."""
    stuck_at = time.monotonic() + STUCK
    while not done.wait(PAUSE) and time.monotonic() < stuck_at:
        try:
            beat(part)
        except Error as error:  # the database is away, which the work itself will notice
            log.warning("stack.beat_missed", part=part, error=type(error).__name__)
        finally:
            connection.close()


def ages() -> dict[str, float | None]:
    """Seconds since each part's last heartbeat, by the database's clock; None: it never had one."""
    rows = Heartbeat.objects.annotate(age=Now() - F("at"))
    known = {row.part: round(row.age.total_seconds(), 1) for row in rows}
    return {part: known.get(part) for part in PARTS}


def beating_since(moment: datetime) -> set[str]:
    """The parts that had a heartbeat after this moment."""
    return set(Heartbeat.objects.filter(at__gt=moment).values_list("part", flat=True))
