"""The account of a day, or of a week: every figure beside what it usually is, and which of them are news. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from journeys.morning.comparing import Comparison, Usual, compare, news, usual
from journeys.morning.figures import Figures, total
from journeys.morning.measures import Measure, measures
from journeys.morning.wording import reading, told

WEEKS = 8  # that a day or a week is compared with
DAYS = 7
BACK = WEEKS * DAYS
SHOWN = 28  # days in a chart
Days = Mapping[date, Figures]


@dataclass(frozen=True)
class Line:
    """A figure. n: of how many days, or weeks, what is usual is known. reading: what there is to say of it."""

    measure: Measure
    now: float
    usual: Usual | None
    found: Comparison | None
    is_news: bool
    n: int
    reading: str

    @property
    def told(self) -> str:
        return told(self.measure, self.now)

    @property
    def said(self) -> str:
        """The sentence about it."""
        return f"{self.measure.name}: {self.told}, {self.reading}."

    @property
    def told_usual(self) -> str:
        return told(self.measure, self.usual.mean) if self.usual else ""


@dataclass(frozen=True)
class Account:
    """The days from `since` to `until`. those: what they are compared with."""

    since: date
    until: date
    those: str
    lines: Sequence[Line]

    @property
    def is_week(self) -> bool:
        return self.since != self.until

    @property
    def news(self) -> Sequence[Line]:
        return [line for line in self.lines if line.is_news]


@dataclass(frozen=True)
class Point:
    """A day in a chart. band: between what its figure usually is; None where too little is known."""

    day: date
    value: float
    band: tuple[float, float] | None


def of_day(days: Days, day: date) -> Account:
    """The account of a day. days: those that are counted, this one and eight weeks before it."""
    before = groups_before(days, day)
    known = [*(one for group in before for one in group), days[day]]
    those = f"the last {word(WEEKS)} {day:%A}s"
    return Account(day, day, those, judged(days[day], before, known, those))


def of_week(days: Days, monday: date) -> Account | None:
    """The account of the seven days from a Monday on; None unless all of them are counted."""
    this = week_of(days, monday)
    if this is None:
        return None
    mondays = [monday - timedelta(days=DAYS * back) for back in range(1, WEEKS + 1)]
    before = [found for one in mondays if (found := week_of(days, one))]
    those = f"the last {word(WEEKS)} weeks"
    lines = judged(this, [before], [*before, this], those, is_week=True)
    return Account(monday, monday + timedelta(days=DAYS - 1), those, lines)


def word(number: int) -> str:
    return {8: "eight"}.get(number, str(number))


def week_of(days: Days, monday: date) -> Figures | None:
    """A week's figures; customers are those of its seven days together."""
    seven = [monday + timedelta(days=at) for at in range(DAYS)]
    if not all(one in days for one in seven):
        return None
    summed = total(days[one] for one in seven)
    last = days[seven[-1]]
    return Figures(summed.people, last.week_people, summed.visits, summed.calls, summed.missed, summed.sold)


def groups_before(days: Days, day: date) -> list[list[Figures]]:
    """The days of the eight weeks before one, by weekday, its own first."""
    return [
        [days[one] for back in range(first, BACK + 1, DAYS) if (one := day - timedelta(days=back)) in days]
        for first in (DAYS, *range(1, DAYS))
    ]


def judged(
    now: Figures, before: Sequence[Sequence[Figures]], known: Sequence[Figures], those: str, *, is_week: bool = False
) -> list[Line]:
    """Every figure against those before it; what is news is found among all of them together."""
    told_of = measures(known, is_week=is_week)
    usuals = [usual_of(measure, before, known) for measure in told_of]
    found = [compare(measure.of(now), one) if one else None for measure, one in zip(told_of, usuals, strict=True)]
    passed = iter(news([one.p for one in found if one]))
    are_news = [next(passed) if one else False for one in found]
    return [
        Line(measure, measure.of(now), one, comparison, is_news, len(before[0]),
             reading(measure, comparison, is_news, those, len(before[0])))
        for measure, one, comparison, is_news in zip(told_of, usuals, found, are_news, strict=True)
    ]  # fmt: skip


def usual_of(measure: Measure, before: Sequence[Sequence[Figures]], known: Sequence[Figures]) -> Usual | None:
    return usual([[measure.of(one) for one in group] for group in before], measure.least(known))


def points(days: Days, until: date, measure: Measure) -> list[Point]:
    """The days of a chart, the oldest first, each beside what was usual by then; days that are not counted are left
    out.
    """
    shown = [until - timedelta(days=back) for back in reversed(range(SHOWN))]
    return [point(days, day, measure) for day in shown if day in days]


def point(days: Days, day: date, measure: Measure) -> Point:
    before = groups_before(days, day)
    one = usual_of(measure, before, [figures for group in before for figures in group])
    return Point(day, measure.of(days[day]), one.band if one else None)
