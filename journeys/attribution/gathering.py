"""Touches, in the order in which they were recorded, gathered into the paths of journeys. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from journeys.attribution.paths import Codes, Flags, Floats, Ints, Paths


@dataclass(frozen=True)
class Touches:
    """By touch: the number of its journey and of its channel; and, where known, when it was (in days), and whether it
    was direct. Where nobody says when, they are in the order in which they were.
    """

    journeys: NDArray[np.signedinteger]
    channels: NDArray[np.signedinteger]
    at: Floats | None = None
    is_direct: Flags | None = None


@dataclass(frozen=True)
class Ends:
    """By journey: how many conversions it ended with (0 or 1), what they were worth, and, where known, when (in days).

    nulls: whether it ended without one; where nobody says, whatever has no conversion did. milestones: when the lead
    was there, and when the opportunity; NaN where there was none.
    """

    conversions: Floats
    values: Floats
    at: Floats | None = None
    nulls: Floats | None = None
    milestones: Floats | None = None


def gather(channels: Sequence[str], touches: Touches, ends: Ends) -> Paths:
    """The paths that lead to these ends, each of one journey; those without a touch are counted beside."""
    order, starts = grouped(touches.journeys, len(ends.conversions))
    at = None if touches.at is None else touches.at[order]
    if at is not None and is_out_of_order(at, starts):
        order = order[np.lexsort((at, touches.journeys[order]))]
        at = cast(Floats, touches.at)[order]
    lengths = np.diff(starts)
    has = lengths > 0
    begins = starts[:-1][has]
    return Paths(
        channels,
        touches.channels[order].astype(np.int32, copy=False),
        np.append(begins, starts[-1]),
        ends.conversions[has],
        ends.values[has],
        (1 - np.minimum(ends.conversions, 1) if ends.nulls is None else ends.nulls)[has],
        (float(ends.conversions[~has].sum()), float(ends.values[~has].sum())),
        ages=None if at is None or ends.at is None else np.repeat(ends.at, lengths) - at,
        is_direct=None if touches.is_direct is None else touches.is_direct[order],
        milestones=None if at is None or ends.milestones is None else brought(ends.milestones[has], at, begins),
    )


def is_out_of_order(at: Floats, starts: Ints) -> bool:
    """Whether a touch is later than the next one of its journey."""
    is_first = np.zeros(len(at) + 1, dtype=np.bool_)
    is_first[starts] = True
    return bool(((at[1:] < at[:-1]) & ~is_first[1:-1]).any())


def grouped(journeys: NDArray[np.signedinteger], count: int) -> tuple[NDArray[np.signedinteger], Ints]:
    """(the touches of each journey after the other, in the order in which they came; where those of each begin).

    Sorted by counting, as sparse matrices are made.
    """
    places: Codes = np.arange(len(journeys), dtype=np.int32)  # SciPy sorts twice as fast with short numbers
    cells: tuple[Codes, tuple[Codes, Codes]] = (places, (journeys.astype(np.int32, copy=False), places))
    found: sparse.csr_matrix = sparse.csr_matrix(cells, shape=(count, max(1, len(journeys))))
    return found.data, found.indptr.astype(np.int64)


def brought(milestones: Floats, at: Floats, begins: Ints) -> Ints:
    """By journey and milestone, the place of the last touch that was not after it; -1 where there is none."""
    found = np.full(milestones.shape, -1, dtype=np.int64)
    lengths = np.diff(np.append(begins, len(at)))
    for column, times in enumerate(milestones.T):
        before = at <= np.repeat(times, lengths)
        found[:, column] = np.add.reduceat(before, begins, dtype=np.int64) - 1 if len(at) else -1
    return found
