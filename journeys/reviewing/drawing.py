"""The waterfall of a pair's weight: a row for each step, with its bar as SVG. Pure."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from crm.matching.policy import JOIN_WEIGHT
from crm.matching.waterfall import Fall

WIDE, TALL, TOP, BAR = 1000, 26, 6, 14  # of one row's drawing; it is stretched to the width that there is
MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class DrawnStep:
    """One row. adds, total: as they are written; what is written sums to what is written below it."""

    words: str
    adds: str
    total: str
    bar: SafeString
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Weights to places across."""

    low: float
    high: float

    def at(self, weight: float) -> int:
        inside = (weight - self.low) / (self.high - self.low)
        return round(WIDE * (MARGIN + (1 - 2 * MARGIN) * inside))


def waterfall(fall: Fall) -> list[DrawnStep]:
    """The steps from the first to the total."""
    ends = [0.0, JOIN_WEIGHT, *(step.end for step in fall.steps)]
    scale = Scale(min(ends), max(ends))
    falls = []
    for step in fall.steps:
        adds = round(step.end, 1) - round(step.start, 1)  # rounded totals' difference: the column adds up
        bar = drawn(scale, step.start, step.end, "up" if step.weight >= 0 else "dn")
        falls.append(DrawnStep(step.words, signed(adds), signed(step.end), bar))
    total = drawn(scale, 0.0, fall.weight, "sum")
    return [*falls, DrawnStep("Weight of evidence", "", signed(fall.weight), total, is_total=True)]


def signed(weight: float) -> str:
    """A weight with its sign, as people write it."""
    return f"{weight:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")


def drawn(scale: Scale, start: float, end: float, look: str) -> SafeString:
    """One row's bar, between the lines of nothing and of joining, and the threads to the rows above and below."""
    left, right = sorted((scale.at(start), scale.at(end)))
    zero, join = scale.at(0.0), scale.at(JOIN_WEIGHT)
    threads = "" if look == "sum" else f"M{scale.at(start)} 0V{TOP}M{scale.at(end)} {TOP + BAR}V{TALL}"
    return SafeString(
        f'<svg viewBox="0 0 {WIDE} {TALL}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<path class="zero" d="M{zero} 0V{TALL}"/><path class="join" d="M{join} 0V{TALL}"/>'
        f'<path class="thread" d="{threads or f"M{right} 0V{TOP}"}"/>'
        f'<rect class="{look}" x="{left}" y="{TOP}" width="{max(3, right - left)}" height="{BAR}"/></svg>'
    )
