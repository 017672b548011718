"""A chart of two models side by side: where each bar is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from journeys.attribution.reporting import Line

BARS = 12  # channels; the table has all of them
WIDTH, LEFT, ROW, TOP = 360, 4, 40, 6
ROOM = WIDTH - 2 * LEFT
STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Bar:
    """A channel: its name's and its bars' places, and how long they are."""

    name: str
    y: int
    widths: tuple[float, float]
    line: Line

    @property
    def one(self) -> int:
        return self.y + 6

    @property
    def two(self) -> int:
        return self.y + 16


@dataclass(frozen=True)
class Chart:
    """ticks: (where, what it says)."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, str]]
    height: int
    more: int

    @property
    def axis(self) -> int:
        return self.height - 30


def chart(lines: Sequence[Line]) -> Chart | None:
    """The channels with the most conversions by the first model; None where there are none."""
    shown = lines[:BARS]
    most = max((max(line.conversions) for line in shown), default=0.0)
    if most <= 0:
        return None
    ticks = ticks_to(most)
    end = ticks[-1]
    bars = [
        Bar(line.name if len(line.name) <= 44 else f"{line.name[:43]}…", TOP + 10 + at * ROW,
            (width(line.conversions[0], end), width(line.conversions[1], end)), line)
        for at, line in enumerate(shown)
    ]  # fmt: skip
    marks = [(LEFT + ROOM * at / end, f"{at:,.10g}") for at in ticks]
    return Chart(bars, marks, TOP + len(bars) * ROW + 34, len(lines) - len(shown))


def width(count: float, end: float) -> float:
    return round(ROOM * max(count, 0) / end, 2)


def ticks_to(most: float) -> list[float]:
    """The marks of an axis from 0 to what has to fit, six at most."""
    step = rounded_up(most / 5)
    return [step * at for at in range(ceil(most / step) + 1)]


def rounded_up(most: float) -> float:
    """The end of an axis: 1, 2 or 5, and noughts."""
    scale = 1.0
    while most > 10 * scale:
        scale *= 10
    return next(step * scale for step in STEPS if most <= step * scale)
