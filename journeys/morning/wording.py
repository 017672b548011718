"""A comparison in plain words. Pure."""

from journeys.morning.comparing import FEWEST, LEVEL, Comparison
from journeys.morning.measures import Measure

TENFOLD = 10.0  # times as much: nobody reads percents of that


def amount(value: float, currency: str = "") -> str:
    """A figure as it is read: 1,204, or GBP 1,204.50."""
    return f"{currency} {value:,.2f}" if currency else f"{value:,.0f}"


def told(measure: Measure, now: float) -> str:
    return amount(now, (measure.currency or "no currency") if measure.way else "")


def more_or_less(measure: Measure, is_more: bool) -> str:
    if is_more:
        return "more"
    return "less" if measure.way else "fewer"


def percent(ratio: float) -> str:
    """A ratio as a change, without its sign."""
    return f"{abs(ratio - 1) * 100:,.0f}"


def interval(measure: Measure, found: Comparison) -> str:
    """The interval of a change; "" where the figures are too small to tell."""
    if found.low is None or found.high is None or (found.low < 1 and found.high > TENFOLD):
        return ""
    if found.high > TENFOLD:
        return f"{found.low:,.1f} to {found.high:,.1f} times as much"
    low, high = found.low >= 1, found.high >= 1
    if low == high:
        ends = (found.low, found.high) if low else (found.high, found.low)
        return f"{percent(ends[0])} to {percent(ends[1])} % {more_or_less(measure, low)}"
    return f"{percent(found.low)} % {more_or_less(measure, False)} to {percent(found.high)} % more"


def change(measure: Measure, found: Comparison, those: str) -> str:
    """How much more or less it is than on those days."""
    if found.ratio is None:
        return f"none on {those}"
    if found.ratio == 0:
        return f"{more_or_less(measure, False)} than on {those}"
    if found.ratio > TENFOLD:
        return f"about {found.ratio:,.0f} times as much as on {those}"
    return f"about {percent(found.ratio)} % {more_or_less(measure, found.ratio >= 1)} than on {those}"


def reading(measure: Measure, found: Comparison | None, is_news: bool, those: str, n: int) -> str:
    """What there is to say of a figure. those: the days that it is compared with; n: how many of them are counted."""
    if found is None:
        return f"with too little to compare with: {n} of {those} counted, {FEWEST} are needed"
    said = interval(measure, found)
    beside = f" (95 %: {said})" if said else ""
    if is_news:
        return change(measure, found, those) + beside
    if not said:
        return (
            f"as on {those}" if found.ratio is None and found.p > 1 - LEVEL else "too few to say whether it is unusual"
        )
    if found.p < 1 - LEVEL:
        return f"{change(measure, found, those)}, which among so many figures may be chance{beside}"
    return f"no more or {more_or_less(measure, False)} than usually varies{beside}"
