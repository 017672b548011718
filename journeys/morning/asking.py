"""Which day the page of every morning is of, and everything that it shows of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crm.asked import day_of
from journeys.morning.account import BACK, DAYS, SHOWN, Account, Days, Line, of_day, points
from journeys.morning.charting import Chart, chart
from journeys.morning.reading import days_of, first_day
from journeys.morning.ringing import DIMENSIONS
from journeys.morning.standing_out import Loud, loud_of

Brands = Iterable[str] | None


@dataclass(frozen=True)
class Morning:
    """A day's page. account: None of a day that is not counted. rings: by what campaigns ring, (its name, of the day,
    of the seven days that end with it).
    """

    day: date
    account: Account | None
    charts: Sequence[tuple[Line, Chart]]
    rings: Sequence[tuple[str, str, Sequence[Loud], Sequence[Loud]]]
    first: date | None


def asked_of(told: Mapping[str, str], today: date) -> date:
    """The day that an address asks for: one that is over, yesterday unless told."""
    yesterday = today - timedelta(days=1)
    return min(day_of(told.get("day", "")) or yesterday, yesterday)


def days_before(day: date, brands: Brands) -> Days:
    """The days up to one that its account and its charts are made of."""
    return days_of(back(day, SHOWN + BACK), day, brands)


def back(day: date, days: int) -> date:
    """So many days before; the first day that there is, where there are not as many."""
    return day - timedelta(days=min(days, day.toordinal() - 1))


def morning(day: date, brands: Brands) -> Morning:
    """Everything that there is to say of a day."""
    days = days_before(day, brands)
    if day not in days:
        return Morning(day, None, [], [], first_day())
    account = of_day(days, day)
    charts = [(line, chart(line.measure, points(days, day, line.measure))) for line in account.lines]
    rings = [(name, label, loud_of(name, "day", day, back(day, DAYS), brands),
              loud_of(name, "week", day, back(day, DAYS), brands)) for name, label in DIMENSIONS.items()]  # fmt: skip
    return Morning(day, account, charts, rings, first_day())
