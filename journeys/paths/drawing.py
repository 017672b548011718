"""Charts of shares: where their lines and marks are. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360, 190, 40, 10, 12, 40
ROOM, RISE = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
ENDS = (0.05, 0.1, 0.2, 0.5, 1.0)  # of the axis of shares
Place = tuple[float, float]


class Mark(NamedTuple):
    """A point, and what it says."""

    x: float
    y: float
    said: str
    is_open: bool = False


class Tick(NamedTuple):
    """A mark of an axis, and what it says."""

    at: float
    said: str


class Drawn(NamedTuple):
    """A chart. band: around the line, as a polygon; across, up: the ticks of the axes."""

    line: str
    band: str
    marks: Sequence[Mark]
    across: Sequence[Tick]
    up: Sequence[Tick]

    @property
    def foot(self) -> int:
        return HEIGHT - BOTTOM


class Scale(NamedTuple):
    """The ends of both axes."""

    last: float
    most: float

    def x(self, value: float) -> float:
        return round(LEFT + ROOM * value / (self.last or 1), 1)

    def y(self, share: float) -> float:
        return round(HEIGHT - BOTTOM - RISE * min(share, self.most) / self.most, 1)

    def line(self, places: Sequence[Place]) -> str:
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in places)

    @property
    def up(self) -> list[Tick]:
        return [Tick(self.y(self.most * part), f"{100 * self.most * part:g} %") for part in (0.0, 0.5, 1.0)]


def staircase(
    times: Sequence[float], shares: Sequence[tuple[float, float, float]], last: float, days: Sequence[int]
) -> Drawn:
    """A share that goes up at some times. shares: (value, low, high); last: where the axis ends; days: its ticks."""
    scale = Scale(last, rounded(max((high for *_, high in shares), default=0.0)))
    middle, low, high = ([(0.0, 0.0), *steps(times, [one[n] for one in shares], last)] for n in range(3))
    across = [Tick(scale.x(day), str(day)) for day in days]
    return Drawn(scale.line(middle), scale.line([*high, *low[::-1]]), (), across, scale.up)


def steps(times: Sequence[float], values: Sequence[float], last: float) -> list[Place]:
    found, before = list[Place](), 0.0
    for time, value in zip(times, values, strict=True):
        found += [(time, before), (time, value)]
        before = value
    return [*found, (last, before)]


def course(points: Sequence[tuple[str, float | None, str, bool]], most: float = 0.0) -> Drawn:
    """Shares by week. points: (the week, its share or None, what the mark says, whether it is still open)."""
    scale = Scale(max(len(points) - 1, 1), rounded(max([most, *(one or 0.0 for _, one, *_ in points)])))
    known = [(n, share, said, is_open) for n, (_, share, said, is_open) in enumerate(points) if share is not None]
    marks = [Mark(scale.x(n), scale.y(share), said, is_open) for n, share, said, is_open in known]
    every = max(1, -(-len(points) // 4))
    across = [Tick(scale.x(n), week) for n, (week, *_) in enumerate(points) if n % every == 0]
    return Drawn(scale.line([(n, share) for n, share, *_ in known]), "", marks, across, scale.up)


def rounded(most: float) -> float:
    """The end of an axis of shares."""
    return next((end for end in ENDS if most <= end), 1.0)
