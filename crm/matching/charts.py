"""Charts as SVG, drawn by the server: each stands beside a table that says the same. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString

from crm.matching.figures import Band

WIDE, TALL, LEFT, BELOW, ABOVE = 640, 180, 44, 22, 10


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a line. label: of its place on the axis."""

    label: str
    value: float


def scale(highest: float) -> float:
    """A round number that the axis ends at."""
    if highest <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(highest))
    return float(next(power * step for step in (1, 2, 5, 10) if power * step >= highest))


def opened(title: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDE} {TALL}" role="img" aria-label="{escape(title)}" focusable="false">'
        f"<title>{escape(title)}</title>"
    )


def axis(top: float, unit: str) -> str:
    """Three lines across, with their values."""
    drawn = []
    for part in (0.0, 0.5, 1.0):
        y = height(part)
        drawn.append(f'<path class="grid" d="M{LEFT} {y}H{WIDE}"/>')
        drawn.append(f'<text class="tick" x="{LEFT - 6}" y="{y + 4}">{top * part:,.4g}{unit}</text>')
    return "".join(drawn)


def height(part: float) -> float:
    return round(ABOVE + (TALL - ABOVE - BELOW) * (1 - part), 1)


def spot(place: tuple[float, float], point: Point) -> str:
    x, y = place
    said = f"{escape(point.label)}: {point.value:,.4g}"
    return f'<circle class="spot" cx="{x}" cy="{y}" r="3"><title>{said}</title></circle>'


def line(title: str, points: Sequence[Point], unit: str = "") -> SafeString:
    """A line through points at even distances."""
    top = scale(max((point.value for point in points), default=0.0))
    step = (WIDE - LEFT - 10) / max(len(points) - 1, 1)
    spots = [(round(LEFT + 4 + n * step, 1), height(point.value / top)) for n, point in enumerate(points)]
    path = "L".join(f"{x} {y}" for x, y in spots)
    dots = "".join(map(spot, spots, points))
    ends = {len(points) - 1: "end", 0: "start"}
    labels = "".join(
        f'<text class="tick {where}" x="{spots[n][0]}" y="{TALL - 4}">{escape(points[n].label)}</text>'
        for n, where in ends.items()
    )
    return SafeString(f'{opened(title)}{axis(top, unit)}<path class="curve" d="M{path}"/>{dots}{labels}</svg>')


def shares(title: str, bands: Sequence[Band]) -> SafeString:
    """A bar for each band's share, with its interval."""
    step = (WIDE - LEFT) / len(bands)
    drawn = []
    for n, band in enumerate(bands):
        middle = round(LEFT + (n + 0.5) * step, 1)
        drawn.append(f'<text class="tick middle" x="{middle}" y="{TALL - 4}">{escape(band.word)}</text>')
        if band.same.whole:
            y, (low, high) = height(band.same.value), (height(end) for end in band.same.interval)
            drawn.append(
                f'<rect class="pillar" x="{middle - 24}" y="{y}" width="48" height="{round(height(0) - y, 1)}"/>'
                f'<path class="whisker" d="M{middle} {low}V{high}M{middle - 6} {low}h12M{middle - 6} {high}h12"/>'
            )
    return SafeString(f"{opened(title)}{axis(100, ' %')}{''.join(drawn)}</svg>")
