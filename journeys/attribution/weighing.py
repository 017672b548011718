"""Models that weigh each touch by its place, by its time, or by what came of it. Pure.

Each gives every touch its share of its own path; the shares of a path sum to 1.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from journeys.attribution.paths import Credits, Floats, Paths

HALF_LIFE = 7.0  # days, as in GA4
ENDS, MIDDLE = 0.4, 0.2  # position: the first and the last touch each, and those between them together
MILESTONE, REST = 0.3, 0.1  # W: the first touch, the lead's and the opportunity's each, and all others together

Known = TypeVar("Known", bound=NDArray[np.generic])


def last_non_direct(paths: Paths) -> Floats:
    """All of it to the last touch that something led to; where nothing did, to the last."""
    places = np.where(needed(paths.is_direct, "which touches were direct"), -1, np.arange(len(paths.touches)))
    latest = np.maximum.reduceat(places, paths.starts[:-1]) if len(places) else paths.starts[:-1]
    shares = np.zeros(len(paths.touches))
    shares[np.where(latest >= 0, latest, paths.starts[1:] - 1)] = 1
    return shares


def position(paths: Paths) -> Floats:
    """40 % to the first touch, 40 % to the last, 20 % to those between them; of two touches half to each."""
    lengths = paths.lengths
    shares = paths.spread(MIDDLE / np.maximum(lengths - 2, 1))
    ends = np.where(lengths > 2, ENDS, 1 / np.clip(lengths, 1, 2))
    shares[paths.starts[:-1]] = ends
    shares[paths.starts[1:] - 1] = ends
    return shares


def w_shaped(paths: Paths) -> Floats:
    """30 % each to the first touch, to the one that brought the lead and to the one that brought the opportunity, and
    10 % to all others.

    A touch that is two of them has both their shares. What is missing (a journey without a lead; no other touch) leaves
    its share to what is there, in proportion.
    """
    weights, starts = np.zeros(len(paths.touches)), paths.starts[:-1]
    weights[starts] = MILESTONE
    for places in needed(paths.milestones, "which touches brought the lead and the opportunity").T:
        is_there = places >= 0
        weights[starts[is_there] + places[is_there]] += MILESTONE
    is_rest = weights == 0
    rest = summed(paths, is_rest.astype(np.float64))
    return in_proportion(paths, np.where(is_rest, paths.spread(REST / np.maximum(rest, 1)), weights))


def time_decay(paths: Paths, half_life: float = HALF_LIFE) -> Floats:
    """Half as much with each half-life (in days) that a touch is older. Source: time-decay attribution, GA4 help."""
    ages = needed(paths.ages, "when each touch was")
    if half_life <= 0:
        raise ValueError(f"a half-life of {half_life:g} days; give more than 0")
    if (ages < 0).any():
        raise ValueError("a touch is younger than the end of its journey; leave out what came after a conversion")
    nearest = np.minimum.reduceat(ages, paths.starts[:-1]) if len(ages) else ages  # so that the old ones do not vanish
    return in_proportion(paths, np.exp2((paths.spread(nearest) - ages) / half_life))


def credited_with(paths: Paths, shares: Floats) -> Credits:
    """What channels are credited with where touches have these shares of their paths."""
    return Credits(*(
        paths.by_channel(paths.touches, paths.spread(figures) * shares) for figures in (paths.conversions, paths.values)
    ))  # fmt: skip


def needed(known: Known | None, what: str) -> Known:
    if known is None:
        raise ValueError(f"this model has to know {what}, which aggregated paths do not tell")
    return known


def in_proportion(paths: Paths, weights: Floats) -> Floats:
    return weights / paths.spread(summed(paths, weights))


def summed(paths: Paths, weights: Floats) -> Floats:
    """By path, the sum of its touches' weights."""
    found: Floats = np.add.reduceat(weights, paths.starts[:-1]) if len(weights) else weights
    return found


WEIGHING: dict[str, Callable[[Paths], Floats]] = {
    "last_non_direct": last_non_direct, "position": position, "w": w_shaped, "time_decay": time_decay,
}  # fmt: skip
