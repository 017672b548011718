"""The breaker: a source whose events suddenly join many identified customers is paused, until an admin has looked.

What it sends is still taken and kept. Counted is a customer that was known before and is now part of another; history
of nameless browsers that joins a customer is everyday, and is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from crm.sources.models import Pause, Source
from crm.sql import cursor, recordset

log = structlog.get_logger(__name__)

EXAMPLES = 12  # links that are kept of a minute, and of a pause
DAYS = 7  # that what is usual is read from
QUIET = timedelta(days=1)  # after an admin's yes, or after being connected: what came in then was right
KEPT_DAYS = 40

TALLY = """
    INSERT INTO crm_sourcejoined (source_id, minute, customers, links)
    SELECT n.source, date_trunc('minute', now()), n.customers, n.links
    FROM json_to_recordset(%s) AS n (source bigint, customers int, links bigint[]) ORDER BY n.source
    ON CONFLICT (source_id, minute) DO UPDATE
    SET customers = crm_sourcejoined.customers + excluded.customers,
        links = (crm_sourcejoined.links || excluded.links)[1:%s]
"""
WINDOW = """
    SELECT j.source_id,
           sum(j.customers) FILTER (WHERE j.minute > now() - n.length),
           coalesce(sum(j.customers) FILTER (WHERE j.minute <= now() - n.length), 0),
           extract(epoch FROM now() - min(j.minute)),
           min(j.minute) FILTER (WHERE j.minute > now() - n.length)
    FROM crm_sourcejoined j CROSS JOIN (SELECT make_interval(mins => %s) AS length) AS n
    WHERE j.source_id = ANY(%s) AND j.minute > now() - make_interval(days => %s)
    GROUP BY 1
"""
FORGET = "DELETE FROM crm_sourcejoined WHERE minute < now() - make_interval(days => %s)"


@dataclass(frozen=True, slots=True)
class Limits:
    """When a source is paused. customers 0: never."""

    customers: int
    minutes: int
    times: float

    @classmethod
    def of_settings(cls) -> "Limits":
        return cls(settings.BREAKER_CUSTOMERS, max(settings.BREAKER_MINUTES, 1), settings.BREAKER_TIMES)

    def usual(self, before: int, seconds: float) -> float:
        """What is usual in one window, of a source that joined so many before it, within so many seconds.

        Over less than a day nothing is usual yet: it counts as one.
        """
        return before * self.minutes * 60 / max(seconds, 86_400)

    def are_passed(self, customers: int, usual: float) -> bool:
        return 0 < self.customers <= customers and customers >= self.times * usual


@dataclass(frozen=True, slots=True)
class Window:
    """What a source joined of late. since: the first minute of it."""

    customers: int
    usual: float
    since: datetime


def note_joined(links: Mapping[int, Sequence[int]]) -> None:
    """Count the customers that sources (ids) joined, one for each link (id), and pause those that join too many.

    In the transaction that joins them, under the fold's lock: no two of these meet.
    """
    limits = Limits.of_settings()
    rows = [(source, len(ids), list(ids)[:EXAMPLES]) for source, ids in links.items()]
    with cursor() as sql:
        sql.execute(TALLY, [recordset("source customers links", rows), EXAMPLES])
    for source, window in read_windows(links, limits).items():
        if limits.are_passed(window.customers, window.usual):
            pause(source, window, limits)


def read_windows(sources: Mapping[int, object], limits: Limits) -> dict[int, Window]:
    """What each of these sources joined in the last minutes."""
    with cursor() as sql:
        sql.execute(WINDOW, [limits.minutes, list(sources), DAYS])
        return {
            source: Window(int(now), limits.usual(int(before), float(seconds)), since)
            for source, now, before, seconds, since in sql
        }


def pause(source_id: int, window: Window, limits: Limits) -> None:
    """Pause a source, unless it is paused, or an admin said of late that what it joins is right.

    One that was connected less than a day ago is being filled: its first import joins many, as it should.
    """
    if Pause.objects.filter(source=source_id, ended_at__gt=timezone.now() - QUIET).exists():
        return
    if not Source.objects.filter(pk=source_id, paused_at=None, created_at__lt=timezone.now() - QUIET).update(
        paused_at=timezone.now()
    ):
        return
    Pause.objects.create(
        source_id=source_id, customers=window.customers, minutes=limits.minutes, usual=window.usual,
        since=window.since, links=examples(source_id, window.since),
    )  # fmt: skip
    log.warning("sources.paused", source_id=source_id, customers=window.customers, usual=round(window.usual, 1))


def pauses() -> list[Pause]:
    """Why the sources that are paused now are."""
    return list(Pause.objects.filter(ended_at=None, source__paused_at__isnull=False).select_related("source"))


def examples(source_id: int, since: datetime) -> list[int]:
    """A few of the links (ids) by which a source joined customers since then."""
    with cursor() as sql:
        sql.execute(
            "SELECT unnest(links) FROM crm_sourcejoined WHERE source_id = %s AND minute >= %s LIMIT %s",
            [source_id, since, EXAMPLES],
        )
        return [link for (link,) in sql]


def forget_old() -> None:
    """Drop the counts that nothing is read from any more."""
    with cursor() as sql:
        sql.execute(FORGET, [KEPT_DAYS])
