"""Grouping: groups of records join over each one's strongest bridge, round after round, and some are held. Pure.

A bridge is all that was decided of two groups, summed. Each round every group names the best bridge that carries it;
where two name the same one they join. For average linkage that is the same as joining the best of all each time, and
a million records take seconds in NumPy where a heap in Python took fourteen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST = 25  # records of one customer, joined unseen; what staff joined may grow past it
SEVERAL = 3  # two groups of so many records need more than one pair between them

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Bridges:
    """One column for each two groups with decided pairs between them; low < high are the groups' names.

    sums: five rows. The weight, in whole numbers, so that its sum does not depend on the order; the rest counts pairs:
    those that join, contradictions, those that staff joined, those that they forbade.
    """

    low: Ints
    high: Ints
    sums: Ints

    def __len__(self) -> int:
        return len(self.low)

    def where(self, kept: Flags | Longs) -> "Bridges":
        return Bridges(self.low[kept], self.high[kept], self.sums[:, kept])

    def renamed(self, names: Ints) -> "Bridges":
        """The bridges between the groups of these names, in the order of the names; those within a group are gone."""
        low, high = names[self.low], names[self.high]
        apart = np.flatnonzero(low != high)
        low, high = np.minimum(low[apart], high[apart]), np.maximum(low[apart], high[apart])
        key = (low.astype(np.int64) << 32) | high
        order = np.argsort(key)
        key = key[order]
        is_first = np.ones(len(key), dtype=np.bool_)
        is_first[1:] = key[1:] != key[:-1]
        starts = np.flatnonzero(is_first)
        chosen, sums = order[starts], self.sums[:, apart[order]]
        if len(starts):
            sums = np.add.reduceat(sums, starts, axis=1, dtype=np.int32)
        return Bridges(low[chosen], high[chosen], sums)

    def carry(self, sizes: Longs, largest: int) -> Flags:
        """Which of them may join their groups."""
        low, high = sizes[self.low], sizes[self.high]
        weight, joins, contradictions, staff_joins, forbidden = self.sums
        is_narrow = (joins == 1) & (np.minimum(low, high) >= SEVERAL)
        outweighs = (weight >= 0) & (contradictions < joins)
        by_itself = (low + high <= largest) & ~is_narrow & outweighs & (joins > 0)
        carries: Flags = (by_itself | (staff_joins > 0)) & (forbidden == 0)
        return carries

    def best_first(self, sizes: Longs) -> Longs:
        """Their order: staff's, then the highest average, then the smallest names.

        Pairs that were never scored count as nothing in the average: of two groups that hang on one pair, each
        gathers its own records first.
        """
        weight, _, _, staff_joins, _ = self.sums
        average = weight / (sizes[self.low] * sizes[self.high])
        return np.argsort(np.where(staff_joins > 0, -np.inf, -average), kind="stable")


def group(size: int, bridges: Bridges, largest: int = LARGEST) -> Ints:
    """Name the group of each of so many records by its smallest one. bridges: between single records."""
    names, sizes = np.arange(size, dtype=np.int32), np.ones(size, dtype=np.int64)
    bridges = bridges.renamed(names)
    while len(bridges):
        carrying = bridges.where(bridges.carry(sizes, largest))
        if not len(carrying):
            break
        low, high = chosen(carrying.where(carrying.best_first(sizes)), size)
        sizes[low] += sizes[high]
        names[high] = low
        bridges = bridges.renamed(names)
    return settled(names)


def chosen(ordered: Bridges, size: int) -> tuple[Ints, Ints]:
    """The groups to join: those that are each other's best. ordered: the bridges that carry, the best first."""
    places = np.arange(len(ordered))
    best = np.full(size, len(ordered))
    backwards = places[::-1]  # so that the best is written last
    best[ordered.low[backwards]] = backwards
    best_of_high = np.full(size, len(ordered))
    best_of_high[ordered.high[backwards]] = backwards
    best = np.minimum(best, best_of_high)
    mutual = (best[ordered.low] == places) & (best[ordered.high] == places)
    return ordered.low[mutual], ordered.high[mutual]


def settled(names: Ints) -> Ints:
    """Names of names resolved to the last."""
    while not np.array_equal(names, further := names[names]):
        names = further
    return names
