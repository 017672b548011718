"""What attempts are worth each, with an interval: the same customer's stand and fall together. Pure."""

import math
from dataclasses import dataclass

import numpy as np

from journeys.attribution.paths import Floats, Ints
from journeys.paths.surviving import SURE


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean, with the interval that the true one lies in 95 times of 100; None where too few customers tell it, or all
    of them the same.
    """

    value: float
    interval: tuple[float, float] | None

    @property
    def low(self) -> float | None:
        return self.interval[0] if self.interval else None

    @property
    def high(self) -> float | None:
        return self.interval[1] if self.interval else None


def mean_of(values: Floats, customers: Ints) -> Mean:
    """The mean of some values. customers: whose each is.

    Its variance is that of a ratio of customers' sums to their counts (Cochran, Sampling Techniques, 6.4).
    """
    if not len(values):
        return Mean(0.0, None)
    _, whose = np.unique(customers, return_inverse=True)
    sums, counts = np.bincount(whose, values), np.bincount(whose)
    mean, size = float(values.mean()), len(counts)
    if size < 2:
        return Mean(mean, None)
    spread = float(np.square(sums - mean * counts).sum()) * size / (size - 1)
    half = SURE * math.sqrt(spread) / len(values)
    return Mean(mean, (mean - half, mean + half) if half > 0 else None)
