"""Heartbeats: each part of the stack says now and then that it is at work."""

from datetime import datetime

from django.db.models import F
from django.db.models.functions import Now

from crm.stack.models import Heartbeat

WORKER = "worker"
SWEEP = "sweep"
PARTS = (WORKER, SWEEP)
PAUSE = 5.0  # seconds between two heartbeats of the sweep, and between two questions to the worker


def beat(part: str) -> None:
    """Write down that this part is at work."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": Now()})


def ages() -> dict[str, float | None]:
    """Seconds since each part's last heartbeat, by the database's clock; None: it never had one."""
    rows = Heartbeat.objects.annotate(age=Now() - F("at"))
    known = {row.part: round(row.age.total_seconds(), 1) for row in rows}
    return {part: known.get(part) for part in PARTS}


def beating_since(moment: datetime) -> set[str]:
    """The parts that had a heartbeat after this moment."""
    return set(Heartbeat.objects.filter(at__gt=moment).values_list("part", flat=True))
