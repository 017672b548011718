"""A chart of four weeks: a figure a day, over the band of what is usual. Where everything is drawn. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from journeys.attribution.charting import rounded_up
from journeys.morning.account import DAYS, Point
from journeys.morning.measures import Measure

WIDTH, HEIGHT = 360, 170
LEFT, RIGHT, TOP, BOTTOM = 48, 352, 10, 136


@dataclass(frozen=True)
class Spot:
    """A day: where its figure stands, and what it says."""

    x: float
    y: float
    point: Point
    is_outside: bool


@dataclass(frozen=True)
class Chart:
    """bands: the corners of each stretch of days of which it is known what is usual. down, across: (where, what)."""

    measure: Measure
    bands: Sequence[str]
    line: str
    spots: Sequence[Spot]
    down: Sequence[tuple[float, str]]
    across: Sequence[tuple[float, date]]
    left: int = LEFT
    right: int = RIGHT
    bottom: int = BOTTOM
    height: int = HEIGHT


@dataclass(frozen=True)
class Scale:
    """From days and figures to places."""

    first: date
    last: date
    low: float
    high: float

    def x(self, day: date) -> float:
        return LEFT + (RIGHT - LEFT) * (day - self.first).days / max((self.last - self.first).days, 1)

    def y(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - self.low) / (self.high - self.low)

    def place(self, day: date, value: float) -> str:
        return f"{self.x(day):.1f},{self.y(value):.1f}"


def chart(measure: Measure, points: Sequence[Point]) -> Chart:
    """The chart of some days, the oldest first; at least one."""
    scale = scale_of(points)
    ticks = sorted({scale.low, 0.0, scale.high / 2, scale.high})
    return Chart(
        measure,
        [band_of(scale, stretch) for stretch in stretches(points)],
        " ".join(scale.place(one.day, one.value) for one in points),
        [Spot(scale.x(one.day), scale.y(one.value), one, is_outside(one)) for one in points],
        [(scale.y(tick), f"{tick:,.10g}") for tick in ticks],
        [(scale.x(one.day), one.day) for one in points[::-DAYS]],
    )


def scale_of(points: Sequence[Point]) -> Scale:
    tops = [max(one.value, one.band[1] if one.band else 0.0) for one in points]
    least = min(0.0, *(one.value for one in points))
    low = -rounded_up(-least) if least < 0 else 0.0
    return Scale(points[0].day, points[-1].day, low, rounded_up(max(*tops, 1.0)))


def stretches(points: Sequence[Point]) -> list[list[Point]]:
    """Days on end of which it is known what is usual."""
    return [list(some) for has_band, some in groupby(points, lambda one: one.band is not None) if has_band]


def band_of(scale: Scale, stretch: Sequence[Point]) -> str:
    bands = [(one.day, one.band) for one in stretch if one.band]
    upper = [scale.place(day, band[1]) for day, band in bands]
    lower = [scale.place(day, band[0]) for day, band in reversed(bands)]
    return " ".join([*upper, *lower])


def is_outside(point: Point) -> bool:
    return point.band is not None and not point.band[0] <= point.value <= point.band[1]
