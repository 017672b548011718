"""What happened in a day, or in several, in figures that add up. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

from journeys.attribution.streaming import End
from journeys.explore.facets import NOT_ANSWERED

Row = TypeVar("Row", "Touch", End)


class Touch(NamedTuple):
    """A touchpoint. outcome: of a call, as its phone system told it."""

    customer: int
    brand: str
    at: datetime
    channel: str
    session: int | None
    group: str
    campaign: str
    outcome: str


class Way(NamedTuple):
    """How something was sold."""

    currency: str
    by_phone: bool


@dataclass(frozen=True)
class Sold:
    """How often, and what for. A refund is no conversion, and takes its value away."""

    conversions: int = 0
    value: Decimal = Decimal(0)

    def __add__(self, other: "Sold") -> "Sold":
        return Sold(self.conversions + other.conversions, self.value + other.value)


@dataclass(frozen=True)
class Figures:
    """week_people: who did anything in the seven days that end with this one."""

    people: int = 0
    week_people: int = 0
    visits: int = 0
    calls: int = 0
    missed: int = 0
    sold: Mapping[Way, Sold] = field(default_factory=dict)

    def __add__(self, other: "Figures") -> "Figures":
        ways = {**self.sold, **other.sold}
        return Figures(
            self.people + other.people,
            self.week_people + other.week_people,
            self.visits + other.visits,
            self.calls + other.calls,
            self.missed + other.missed,
            {way: self.sold.get(way, Sold()) + other.sold.get(way, Sold()) for way in ways},
        )

    def conversions(self, *, by_phone: bool) -> int:
        return sum(sold.conversions for way, sold in self.sold.items() if way.by_phone == by_phone)

    def value(self, way: Way) -> Decimal:
        return self.sold.get(way, Sold()).value


def tallied(week: Iterable[Touch], since: datetime, ends: Iterable[End]) -> dict[str, Figures]:
    """By brand, the figures of the day that began at `since`. week: the touches of the seven days that end with it."""
    touches, sales = by_brand(week), by_brand(ends)
    return {brand: tallied_one(touches.get(brand, []), since, sales.get(brand, [])) for brand in {**touches, **sales}}


def by_brand(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.brand, []).append(row)
    return found


def tallied_one(week: list[Touch], since: datetime, ends: Iterable[End]) -> Figures:
    day = [touch for touch in week if touch.at >= since]
    calls = [touch for touch in day if touch.channel == "call"]
    return Figures(
        people=len({touch.customer for touch in day}),
        week_people=len({touch.customer for touch in week}),
        visits=len({touch.session for touch in day if touch.channel == "web"}),
        calls=len(calls),
        missed=sum(touch.outcome in NOT_ANSWERED for touch in calls),
        sold=sold(ends),
    )


def sold(ends: Iterable[End]) -> dict[Way, Sold]:
    found: dict[Way, Sold] = {}
    for end in ends:
        way = Way(end.currency, end.by_phone)
        found[way] = found.get(way, Sold()) + Sold(int(end.value >= 0), end.value)
    return found


def total(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())
