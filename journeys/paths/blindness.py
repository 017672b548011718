"""What web data alone does not see, as three numbers: calls after giving up, money by phone, and who is who."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from crm.asked import midnight_after
from crm.matching.figures import wilson
from journeys.attribution.counting import Pair, total
from journeys.attribution.packing import unpacked
from journeys.attribution.reporting import in_period
from journeys.attribution.streaming import on_the_way
from journeys.attribution.tabulating import MARKETED
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.abandonment_reading import told_of
from journeys.paths.abandonment_reporting import Report, monday
from journeys.paths.strangers import Met, Part, browsers, callers

Brands = Collection[str] | None


class Point(NamedTuple):
    """A week, by its Monday: a part of a whole. is_open: it is not over, or still watched."""

    begins: date
    part: float
    whole: float
    is_open: bool = False

    @property
    def share(self) -> float | None:
        return share(self.part, self.whole)

    @property
    def percent(self) -> float | None:
        return None if self.share is None else 100 * self.share


class Unseen(NamedTuple):
    """Attempts that were given up, and the share (value) that a call followed: web data sees none of them (before).

    value: None where nothing was given up. is_defined: whether anybody has said what giving up is.
    """

    value: float | None
    before: float
    interval: tuple[float, float] | None
    trend: Sequence[Point]
    given_up: int
    called: int
    is_defined: bool


class Uncredited(NamedTuple):
    """What was agreed by phone, and the share (value) of its worth that no marketing touch is credited with: with web
    data alone, all of it (before). interval: none, for all of it is counted. worth, bare: all, and that share, in the
    currency; conversions: how many, likewise.
    """

    value: float | None
    before: float
    interval: tuple[float, float] | None
    trend: Sequence[Point]
    currency: str
    worth: Decimal
    bare: Decimal
    conversions: int
    bare_conversions: int


class Strangers(NamedTuple):
    """Callers, and the share (value) of whom we know some browsing by now: web data alone knows none (before).

    browsers, named: browsers that visited, and those whose customer is known by now; browsing: the same by week.
    """

    value: float | None
    before: float
    interval: tuple[float, float] | None
    trend: Sequence[Point]
    callers: int
    known: int
    browsers: int
    named: int
    browsing: Sequence[Point]


class Known(NamedTuple):
    """Strangers, and how many of them are known by now; the same by week."""

    all: Part
    trend: Sequence[Point]

    @property
    def value(self) -> float | None:
        return share(*self.all)


class BlindSpots(NamedTuple):
    """The three blind spots of a period."""

    unseen: Unseen
    uncredited: Uncredited
    strangers: Strangers


def blind_spots(brands: Brands, since: date, until: date, now: datetime, currency: str = "") -> BlindSpots:
    """The blind spots from one day to another, both included. brands: as `brands_of` says whose customers may be seen.

    currency: of the money; that of the most conversions by phone unless told.
    """
    return BlindSpots(
        unseen(brands, since, until, now),
        uncredited(brands, since, until, now, currency),
        strangers(brands, since, until, now),
    )


def unseen(brands: Brands, since: date, until: date, now: datetime) -> Unseen:
    """Of all definitions together."""
    definitions = list(AbandonmentDefinition.objects.all())
    if not definitions:
        return Unseen(None, 0.0, None, (), 0, 0, False)
    told = told_of(brands, since, until, max(one.days for one in definitions))
    bounds = bounds_of(since, until)
    period = int(bounds[0].timestamp()), int(bounds[1].timestamp())
    reports = [Report(one, told, period, int(now.timestamp())) for one in definitions]
    zone = timezone.get_current_timezone()
    by_week = zip(*(one.weeks(since, until, zone) for one in reports), strict=True)
    trend = [
        Point(some[0].begins, sum(one.called.part for one in some), sum(one.given_up for one in some),
              any(one.is_open for one in some))
        for some in by_week
    ]  # fmt: skip
    called, given_up = sum(one.called.part for one in reports), sum(one.given_up for one in reports)
    interval = wilson(called, given_up) if given_up else None
    return Unseen(share(called, given_up), 0.0, interval, trend, given_up, called, True)


def uncredited(brands: Brands, since: date, until: date, now: datetime, currency: str = "") -> Uncredited:
    """By days that are counted (attribution-by-day.md)."""
    rows = in_period(since, until, brands).filter(dimension=MARKETED, by_phone=True).exclude(outcome__in=on_the_way())
    counted: dict[str, list[tuple[date, Pair, Pair]]] = {}
    for day, of, counts in rows.values_list("day", "currency", "counts"):
        found = unpacked(counts, (), ())
        counted.setdefault(of, []).append((day, found.totals, found.unattributed))
    often = sorted(counted, key=lambda one: (-sum(both[0] + bare[0] for _, both, bare in counted[one]), one))
    chosen = currency if currency in counted or not often else often[0]
    mine = counted.get(chosen, [])
    marketed, bare = total(one for _, one, _ in mine), total(one for _, _, one in mine)
    worth = marketed[1] + bare[1]
    weeks: dict[date, tuple[float, float]] = {}
    for day, (_, credited), (_, left) in mine:
        before = weeks.get(monday(day), (0.0, 0.0))
        weeks[monday(day)] = before[0] + left / 100, before[1] + (credited + left) / 100
    return Uncredited(
        share(bare[1], worth), 1.0, None, points(weeks, since, until, now), chosen, money(worth), money(bare[1]),
        round(marketed[0] + bare[0]), round(bare[0]),
    )  # fmt: skip


def strangers(brands: Brands, since: date, until: date, now: datetime) -> Strangers:
    ringing, browsing = known_callers(brands, since, until, now), known_browsers(brands, since, until, now)
    return Strangers(
        ringing.value, 0.0, None, ringing.trend, ringing.all.whole, ringing.all.part, browsing.all.whole,
        browsing.all.part, browsing.trend,
    )  # fmt: skip


def known_callers(brands: Brands, since: date, until: date, now: datetime) -> Known:
    found = callers(brands, *bounds_of(since, until))
    return Known(found.all, weekly(found, since, until, now))


def known_browsers(brands: Brands, since: date, until: date, now: datetime) -> Known:
    found = browsers(brands, *bounds_of(since, until))
    return Known(found.all, weekly(found, since, until, now))


def bounds_of(since: date, until: date) -> tuple[datetime, datetime]:
    """A period's first moment, and the first one after it."""
    return midnight_after(since - timedelta(days=1)), midnight_after(until)


def share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def money(hundredths: float) -> Decimal:
    return Decimal(round(hundredths)) / 100


def weekly(found: Met, since: date, until: date, now: datetime) -> list[Point]:
    return points({week: (float(one.part), float(one.whole)) for week, one in found.weeks.items()}, since, until, now)


def points(weeks: Mapping[date, tuple[float, float]], since: date, until: date, now: datetime) -> list[Point]:
    """A point for each week of a period."""
    today, first, last = timezone.localdate(now), monday(since), monday(until)
    every = [first + timedelta(days=7 * n) for n in range((last - first).days // 7 + 1)]
    return [Point(day, *weeks.get(day, (0.0, 0.0)), is_open=day + timedelta(days=7) > today) for day in every]
