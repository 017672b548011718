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
    """One row for each two groups with decided pairs between them; low < high are the groups' names.

    weight: whole numbers, so that sums do not depend on their order. The rest counts pairs.
    """

    low: Ints
    high: Ints
    weight: Ints
    joins: Ints
    contradictions: Ints
    staff_joins: Ints
    forbidden: Ints

    def __len__(self) -> int:
        return len(self.low)

    def where(self, kept: Flags | Longs) -> "Bridges":
        return Bridges(*(column[kept] for column in vars(self).values()))

    def renamed(self, names: Ints) -> "Bridges":
        """The bridges between the groups of these names, in the order of the names; those within a group are gone."""
        low, high = names[self.low], names[self.high]
        apart = np.flatnonzero(low != high)
        low, high = np.minimum(low[apart], high[apart]), np.maximum(low[apart], high[apart])
        key = (low.astype(np.int64) << 32) | high
        order = np.argsort(key)
        starts = np.flatnonzero(np.diff(key[order], prepend=-1))
        sums = (self.weight, self.joins, self.contradictions, self.staff_joins, self.forbidden)
        chosen = order[starts]
        ordered = apart[order]
        added = (
            np.add.reduceat(column[ordered], starts, dtype=np.int32) if len(starts) else column[:0] for column in sums
        )
        return Bridges(low[chosen], high[chosen], *added)

    def carry(self, sizes: Longs, largest: int) -> Flags:
        """Which of them may join their groups."""
        low, high = sizes[self.low], sizes[self.high]
        is_narrow = (self.joins == 1) & (np.minimum(low, high) >= SEVERAL)
        outweighs = (self.weight >= 0) & (self.contradictions < self.joins)
        by_itself = (low + high <= largest) & ~is_narrow & outweighs & (self.joins > 0)
        carries: Flags = (by_itself | (self.staff_joins > 0)) & (self.forbidden == 0)
        return carries

    def best_first(self, sizes: Longs) -> Longs:
        """Their order: staff's, then the highest average, then the smallest names.

        Pairs that were never scored count as nothing in the average: of two groups that hang on one pair, each
        gathers its own records first.
        """
        average = self.weight / (sizes[self.low] * sizes[self.high])
        return np.argsort(np.where(self.staff_joins > 0, -np.inf, -average), kind="stable")


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
