"""The figures of who is who: what one snapshot a day keeps, what is read live, and what a change means."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from crm.identity import causes
from crm.matching.models import Review, Snapshot
from crm.sql import cursor

DAYS = 60  # that the charts show
WEEK = 7
LARGEST = 10
NEWEST = 10
REVIEWS_READ = 20_000
Z = 1.96  # 95 of 100
BANDS = (-math.inf, 0.0, 3.0, 6.0, 9.0, math.inf)

# One scan of the identifiers: how many customers, the largest, what is shared and why.
SIZES = """
    WITH sized AS MATERIALIZED (
        SELECT customer_id, count(*) AS n, bool_or(kind NOT IN ('cookie', 'once')) AS is_known
        FROM crm_identifier GROUP BY customer_id
    )
    SELECT (SELECT count(*) FROM sized WHERE is_known), (SELECT count(*) FROM sized WHERE is_known AND n > 1),
           (SELECT json_agg(json_build_array(customer_id, n)) FROM (
                SELECT customer_id, n FROM sized ORDER BY n DESC, customer_id LIMIT %s) AS largest)
"""
SHARED = """
    SELECT shared, count(*), (array_agg(id ORDER BY id DESC))[1:%s] FROM crm_identifier WHERE shared <> '' GROUP BY 1
"""
LINKS = """
    SELECT basis, held, count(*) FILTER (WHERE withdrawn_at IS NULL),
           count(*) FILTER (WHERE withdrawn_by_id IS NOT NULL)
    FROM crm_link WHERE verdict = 'same' GROUP BY 1, 2
"""
JOINED_BY_SOURCES = """
    SELECT coalesce(sum(customers), 0) FROM crm_sourcejoined WHERE minute >= %s AND minute < %s
"""
# Whoever joins goes to the customer that was born before; whoever is parted, to one born later.
JOINED = """
    SELECT count(DISTINCT move->>1)
    FROM crm_identityevent e CROSS JOIN LATERAL jsonb_array_elements(e.moved) AS move
    WHERE e.cause = %s AND e.at >= %s AND e.at < %s AND (move->>2)::bigint < (move->>1)::bigint
"""
BACKLOG = """
    SELECT count(*), min(created_at), percentile_disc(0.5) WITHIN GROUP (ORDER BY created_at)
    FROM (SELECT created_at FROM crm_review WHERE state = 'open' LIMIT %s) AS r
"""


# Taking a snapshot


def snapshot_figures() -> dict[str, Any]:
    """What a snapshot keeps of now: four scans, each of one table and once."""
    with cursor() as sql:
        known, joined, largest = sql.execute(SIZES, [LARGEST]).fetchone() or (0, 0, [])
        shared = {reason: (count, ids) for reason, count, ids in sql.execute(SHARED, [NEWEST])}
        links = sql.execute(LINKS).fetchall()
    newest = sorted((one for _, ids in shared.values() for one in ids), reverse=True)[:NEWEST]
    return {
        "customers": known,
        "of_several": joined,
        "largest": largest or [],
        "shared": {reason: count for reason, (count, _) in shared.items()},
        "newest_shared": newest,
        "held": summed((held, standing) for _, held, standing, _ in links if held),
        "links": summed((basis, standing + undone) for basis, _, standing, undone in links),
        "undone": summed((basis, undone) for basis, _, _, undone in links),
        "backlog": Review.objects.filter(state=Review.State.OPEN).count(),
    }


def summed(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, count in counts:
        found[name] = found.get(name, 0) + count
    return found


def take_snapshot() -> Snapshot:
    """Keep today's figures; the day's last snapshot stands. Yesterday's joins are counted once more, now complete."""
    today = timezone.localdate()
    figures = snapshot_figures() | {"joined": joined_on(today)}
    before = Snapshot.objects.filter(day=today - timedelta(days=1)).first()
    if before:
        before.figures["joined"] = joined_on(before.day)
        before.save(update_fields=["figures"])
    return Snapshot.objects.update_or_create(day=today, defaults={"figures": figures})[0]


def joined_on(day: date) -> dict[str, int]:
    """How many customers became part of others on a day, by what joined them."""
    start = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    end = start + timedelta(days=1)
    with cursor() as sql:
        (observed,) = sql.execute(JOINED_BY_SOURCES, [start, end]).fetchone() or (0,)
        found = {"observed": int(observed)}
        for name, cause in (("scored", causes.SCORED), ("staff", causes.SAME)):
            (count,) = sql.execute(JOINED, [cause, start, end]).fetchone() or (0,)
            found[name] = int(count)
    return found


# Reading them


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure stands to what it was. before: None where nothing is known of it."""

    now: float
    before: float | None
    is_clear: bool

    @property
    def said(self) -> str:
        if self.before is None:
            return "too early to say whether it changes"
        if not self.is_clear:
            return "no clear change against the week before"
        return "up against the week before" if self.now > self.before else "down against the week before"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the charts. rate: duplicates found, per 1,000 customers."""

    day: date
    customers: int
    joined: dict[str, int]
    backlog: int

    @property
    def found(self) -> int:
        return sum(self.joined.values())

    @property
    def rate(self) -> float:
        return 1_000 * self.found / self.customers if self.customers else 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, with the interval that its true share lies in, 95 times of 100 (Wilson)."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.part, self.whole)

    @property
    def percent(self) -> float:
        return 100 * self.value

    @property
    def low(self) -> float:
        return 100 * self.interval[0]

    @property
    def high(self) -> float:
        return 100 * self.interval[1]


@dataclass(frozen=True, slots=True)
class Band:
    """What was decided of the pairs of some weights."""

    low: float
    high: float
    same: Share

    @property
    def word(self) -> str:
        if self.low == -math.inf:
            return f"below {self.high:g}"
        return f"{self.low:g} and above" if self.high == math.inf else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Backlog:
    """Reviews that wait. count: REVIEWS_READ means that many or more."""

    count: int
    oldest: datetime | None
    median: datetime | None

    @property
    def is_capped(self) -> bool:
        return self.count >= REVIEWS_READ


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The interval of a share that is known from a sample (Wilson's, 95 %). The whole of [0, 1] when it is empty."""
    if not whole:
        return 0.0, 1.0
    share, spread = part / whole, Z * Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    return max(0.0, middle - half), min(1.0, middle + half)


def read_days() -> list[Day]:
    """The days that there is a snapshot of, oldest first."""
    rows = Snapshot.objects.filter(day__gt=timezone.localdate() - timedelta(days=DAYS)).order_by("day")
    return [Day(row.day, told(row, "customers"), row.figures.get("joined", {}), told(row, "backlog")) for row in rows]


def told(row: Snapshot, name: str) -> int:
    return int(row.figures.get(name, 0))


def change_of_rate(days: Sequence[Day]) -> Change:
    """The duplicates found in the last week against the week before; clear where chance would seldom do as much."""
    last, before = days[-WEEK:], days[-2 * WEEK : -WEEK]
    now = per_thousand(last)
    if len(before) < WEEK:
        return Change(now, None, False)
    a, b = (sum(day.found for day in some) for some in (last, before))
    return Change(now, per_thousand(before), abs(a - b) > Z * math.sqrt(a + b))


def per_thousand(days: Sequence[Day]) -> float:
    customers = max((day.customers for day in days), default=0)
    return 1_000 * sum(day.found for day in days) / customers if customers else 0.0


def change_of_backlog(days: Sequence[Day], now: int) -> Change:
    """The reviews that wait against a week ago."""
    if len(days) <= WEEK:
        return Change(now, None, False)
    before = days[-WEEK - 1].backlog
    return Change(now, before, abs(now - before) > Z * math.sqrt(now + before))


def read_backlog() -> Backlog:
    with cursor() as sql:
        return Backlog(*(sql.execute(BACKLOG, [REVIEWS_READ]).fetchone() or (0, None, None)))


def read_bands() -> list[Band]:
    """What people decided and nobody took back, by the weight of the pair: the last REVIEWS_READ decisions."""
    decided = Review.objects.filter(decided_at__isnull=False, state__in=(Review.State.SAME, Review.State.DIFFERENT))
    decided = decided.filter(link__withdrawn_at=None)
    rows: Any = decided.order_by("-decided_at", "-pk").values_list("weight", "state")[:REVIEWS_READ]
    return banded((weight, state == Review.State.SAME) for weight, state in rows)


def banded(decisions: Iterable[tuple[float, bool]]) -> list[Band]:
    """(weight, whether it was the same), counted by band. Pure."""
    counted = [[0, 0] for _ in BANDS[1:]]
    for weight, is_same in decisions:
        at = max(n for n, low in enumerate(BANDS[:-1]) if weight >= low)
        counted[at][0] += is_same
        counted[at][1] += 1
    return [Band(BANDS[n], BANDS[n + 1], Share(same, all_of)) for n, (same, all_of) in enumerate(counted)]
