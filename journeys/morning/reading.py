"""Reading what was counted of days, on one side of the walls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Min, QuerySet

from journeys.attribution.kept import CountedDay
from journeys.morning.figures import Figures, Sold, Way
from journeys.morning.models import MorningDay
from journeys.morning.ringing import Ring, together


@dataclass(frozen=True)
class Fresh:
    """When a day was counted, and whether something of it changed since."""

    counted_at: datetime | None
    is_stale: bool


def days_of(since: date, until: date, brands: Iterable[str] | None) -> dict[date, Figures]:
    """The figures of the days that are counted. brands: those whose customers may be seen; None: every one's."""
    found: dict[date, Figures] = {}
    for row in rows_of(since, until, brands):
        figures = Figures(row.people, row.week_people, row.visits, row.calls, row.missed, sold_of(row.sold))
        found[row.day] = found.get(row.day, Figures()) + figures
    return found


def rows_of(since: date, until: date, brands: Iterable[str] | None) -> QuerySet[MorningDay]:
    rows = MorningDay.objects.filter(day__range=(since, until)).defer("rings")
    return rows if brands is None else rows.filter(brand__in=["", *sorted(brands)])


def sold_of(told: Sequence[Sequence[Any]]) -> dict[Way, Sold]:
    return {
        Way(currency, by_phone): Sold(conversions, Decimal(value)) for currency, by_phone, conversions, value in told
    }


def rings_of(day: date, span: str, brands: Iterable[str] | None) -> Mapping[str, Mapping[str, Ring]]:
    """What rang on a day, or in the seven that end with it (span: "day", "week")."""
    told = rows_of(day, day, brands).values_list("rings", flat=True)
    return together([rings_in(one.get(span, {})) for one in told])


def rings_in(told: Mapping[str, Mapping[str, Sequence[int]]]) -> dict[str, dict[str, Ring]]:
    return {dimension: {name: Ring(*ring) for name, ring in names.items()} for dimension, names in told.items()}


def first_day() -> date | None:
    """The first day of which anything is counted."""
    found: date | None = MorningDay.objects.aggregate(first=Min("day"))["first"]
    return found


def freshness(since: date, until: date) -> Fresh:
    """How fresh the figures of some days are: those that were counted first."""
    counted = MorningDay.objects.filter(day__range=(since, until), brand="").aggregate(first=Min("counted_at"))["first"]
    stale = CountedDay.objects.filter(day__range=(since, until), stale_since__isnull=False)
    return Fresh(counted, stale.exists())
