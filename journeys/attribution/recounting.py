"""Counting days, the newest first: those never counted, then those that changed and have waited for long enough."""

import time
from datetime import date, datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import transaction
from django.utils import timezone

from crm.asked import midnight_after
from crm.identity.resolving import lock_number
from journeys.attribution.kept import AttributionCount, CountedDay
from journeys.attribution.leaving_out import count_withheld
from journeys.attribution.locking import is_alone
from journeys.attribution.noticing import notice, patience
from journeys.attribution.packing import packed
from journeys.attribution.streaming import ended, touches_of
from journeys.attribution.tabulating import tabulate

log = structlog.get_logger(__name__)
CREDITING = lock_number("journeys", "crediting")


class Freshness(NamedTuple):
    """Of some days: how many there are to be counted, how many are not yet, and since when the oldest count stands."""

    days: int
    waiting: int
    since: datetime | None

    @property
    def percent(self) -> int:
        return 100 * (self.days - self.waiting) // max(self.days, 1)


def recount(seconds: float, *, is_patient: bool = True) -> bool:
    """Count days for so long; returns whether there is more that nobody else is at. is_patient: what changed waits."""
    ends_at = time.monotonic() + seconds
    with transaction.atomic():
        if not is_alone(CREDITING):
            return False
        notice(timezone.now())
    while recount_one(is_patient=is_patient):
        if time.monotonic() >= ends_at:
            return True
    return False


@transaction.atomic
def recount_one(*, is_patient: bool) -> bool:
    """Count the day whose turn it is; returns whether there was one."""
    if not is_alone(CREDITING):
        return False
    now = timezone.now()
    day = next_day(now, is_patient=is_patient)
    if day is None:
        return False
    count_day(day)
    CountedDay.objects.filter(pk=day).update(counted_at=now, stale_since=None, is_urgent=False)
    return True


def next_day(now: datetime, *, is_patient: bool) -> date | None:
    today = timezone.localdate(now)
    never = CountedDay.objects.filter(counted_at=None).order_by("-day").first()
    if never:
        return never.day
    for one in CountedDay.objects.filter(stale_since__isnull=False).order_by("-day"):
        if one.counted_at and (
            not is_patient or now - one.counted_at >= patience(one.day, today, is_urgent=one.is_urgent)
        ):
            return one.day
    return None


def count_day(day: date) -> None:
    """Count the journeys that ended on a day, and keep that instead of what was counted before."""
    since, until = midnight_after(day - timedelta(days=1)), midnight_after(day)
    ends = ended(since, until)
    rows = [
        AttributionCount(day=day, dimension=dimension, **kind._asdict(), counts=packed(counts))
        for dimension, kind, counts in tabulate(ends, touches_of(ends))
    ]
    AttributionCount.objects.filter(day=day).delete()
    AttributionCount.objects.bulk_create(rows)
    count_withheld(day, since, until)
    log.info("attribution.counted", journeys=len(ends), rows=len(rows))


def freshness(since: date, until: date) -> Freshness:
    """How far the days of a period are counted."""
    days = list(CountedDay.objects.filter(day__range=(since, until)).values_list("counted_at", "stale_since"))
    counted = [at for at, _ in days if at]
    return Freshness(len(days), len(days) - len(counted), min(counted) if counted else None)
