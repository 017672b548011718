"""How long it takes until something happens, where not everybody was watched to the end (Kaplan and Meier). Pure."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.attribution.paths import Flags, Floats, Ints

SURE = 1.959964  # standard errors of 95 %


class Curve(NamedTuple):
    """The share to whom it has happened by a time, with the interval that it lies in 95 times of 100 (Greenwood).

    Arrays of one length, by the times at which it happened to anybody, the earliest first. watched: how many were
    watched until then, and it had not happened to them; happened: to how many then.
    """

    times: Ints
    share: Floats
    low: Floats
    high: Floats
    watched: Ints
    happened: Ints

    def at(self, time: int) -> tuple[float, float, float]:
        """(share, low, high) by a time."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return (float(self.share[place]), float(self.low[place]), float(self.high[place])) if place >= 0 else (0, 0, 0)


def curve(times: NDArray[np.integer], has_happened: Flags) -> Curve:
    """The curve of some people. times: until it happened, or else how long they were watched.

    Whoever was watched until the very time at which it happened to others was watched then. Source: Kaplan, Meier 1958.
    """
    at, happened = np.unique(times[has_happened], return_counts=True)
    ordered = np.sort(times)
    watched: Ints = np.asarray(len(times) - np.searchsorted(ordered, at, side="left"), dtype=np.int64)
    left = np.cumprod(1 - happened / np.maximum(watched, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(happened / (watched * (watched - happened)))) * left
    spread = np.where(left > 0, spread, 0.0)
    low, high = (np.clip(1 - left + side * SURE * spread, 0, 1) for side in (-1, 1))
    return Curve(at.astype(np.int64), 1 - left, low, high, watched, happened.astype(np.int64))
