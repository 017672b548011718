"""Paths: the channels that journeys touched on their way to a conversion, or to none, as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
PART = 1 << 20  # paths


def sums(places: NDArray[np.signedinteger], weights: Floats, size: int) -> Floats:
    """By place, the sum of the weights there."""
    return np.bincount(places, weights, size).astype(np.float64, copy=False)


@dataclass(frozen=True)
class Paths:
    """Paths of one touch or more, each of as many journeys as its counts say.

    channels: the names, by number. touches: the channels of all paths, one path after the other; path n's are
    touches[starts[n] : starts[n + 1]]. conversions, nulls: how many of its journeys converted, and how many did not;
    values: what the conversions were worth together, in one currency; refunds are negative.
    unattributed: (conversions, value) of journeys that touched nothing.

    Where each path is one journey, more is known of it. ages: by touch, the days from it to the journey's end;
    is_direct: by touch, whether nothing is known to have led there; milestones: by path, which of its touches (from 0)
    brought the lead and which the opportunity, -1 where none did. Files of aggregated paths tell none of them.
    """

    channels: Sequence[str]
    touches: Codes
    starts: Ints
    conversions: Floats
    values: Floats
    nulls: Floats
    unattributed: tuple[float, float] = (0.0, 0.0)
    ages: Floats | None = None
    is_direct: Flags | None = None
    milestones: Ints | None = None

    @property
    def lengths(self) -> Ints:
        """How many touches each path has."""
        return np.diff(self.starts)

    @property
    def totals(self) -> tuple[float, float]:
        """(conversions, value) of all paths."""
        return float(self.conversions.sum()), float(self.values.sum())

    def parts(self, size: int = PART) -> Sequence["Paths"]:
        """The same paths in parts of so many, which share their memory: what a model needs beside them is bounded."""
        count = len(self.conversions)
        if count <= size:
            return [self]
        return [self.part(at, min(at + size, count)) for at in range(0, count, size)]

    def part(self, first: int, end: int) -> "Paths":
        """The paths from one up to another; what touched nothing is left out."""
        begin, stop = self.starts[first], self.starts[end]
        return Paths(
            self.channels,
            self.touches[begin:stop],
            self.starts[first : end + 1] - begin,
            self.conversions[first:end],
            self.values[first:end],
            self.nulls[first:end],
            ages=None if self.ages is None else self.ages[begin:stop],
            is_direct=None if self.is_direct is None else self.is_direct[begin:stop],
            milestones=None if self.milestones is None else self.milestones[first:end],
        )

    def spread(self, of_paths: Floats) -> Floats:
        """A figure of each path, for each of its touches."""
        return np.repeat(of_paths, self.lengths)

    def by_channel(self, touches: Codes, weights: Floats) -> Floats:
        """The sum of weights by channel."""
        return sums(touches, weights, len(self.channels))


@dataclass(frozen=True)
class Credits:
    """What a model credits each channel with, in the channels' order; the sums are those of the paths."""

    conversions: Floats
    values: Floats
