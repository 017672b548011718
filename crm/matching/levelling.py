"""How closely many pairs of records agree, at once: the same levels as `Comparison.level`, pair by pair. Pure.

A distance is computed only where lengths and letters leave it possible; rapidfuzz then computes them in C.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, DamerauLevenshtein, JaroWinkler
from rapidfuzz.process import cpdist

from crm.matching.comparisons import SHORTEST_SLIP, Comparison, Test
from crm.matching.numbering import Flags, Ints, Longs, Numbers, spread

Levels = NDArray[np.int8]
PREFIX_GAIN = 0.4  # the most that a common beginning adds to what is missing of 1, in Jaro-Winkler
ROUNDING = 1e-6


@dataclass(frozen=True)
class Values:
    """Pairs of values, by their numbers in two columns."""

    mine: Numbers
    other: Numbers
    x: Ints
    y: Ints

    def where(self, kept: Flags | Longs) -> "Values":
        return Values(self.mine, self.other, self.x[kept], self.y[kept])

    def texts(self) -> tuple[list[str], list[str]]:
        return self.mine.texts[self.x].tolist(), self.other.texts[self.y].tolist()


def within(pairs: Values, bound: float) -> Flags:
    """Whether so few letters differ, a swap of two counting as one: the unrestricted Damerau-Levenshtein distance.

    OSA is never smaller, and at most one larger where that is 2; it takes a tenth of the time.
    """
    lengths = np.abs(pairs.mine.lengths[pairs.x] - pairs.other.lengths[pairs.y])
    rows = np.flatnonzero(lengths <= bound)
    some = pairs.where(rows)
    apart = np.bitwise_count(some.mine.letters[some.x] ^ some.other.letters[some.y])
    rows = rows[apart <= 2 * bound]
    mine, other = pairs.where(rows).texts()
    distance = cpdist(mine, other, scorer=OSA.distance, score_cutoff=int(bound) + 1, dtype=np.uint8)
    for at in np.flatnonzero(distance == bound + 1).tolist() if bound > 1 else ():
        distance[at] = DamerauLevenshtein.distance(mine[at], other[at])
    return flagged(len(pairs.x), rows[distance <= bound])


def is_near(pairs: Values, bound: float) -> Flags:
    lengths = np.minimum(pairs.mine.lengths[pairs.x], pairs.other.lengths[pairs.y])
    rows = np.flatnonzero(lengths >= SHORTEST_SLIP)
    return flagged(len(pairs.x), rows[within(pairs.where(rows), bound)])


def is_alike(pairs: Values, bound: float) -> Flags:
    """Whether the Jaro-Winkler similarity is so high; computed where the letters in common leave it possible."""
    rows = np.flatnonzero(highest_similarity(pairs) >= bound - ROUNDING)
    mine, other = pairs.where(rows).texts()
    found = cpdist(mine, other, scorer=JaroWinkler.similarity, score_cutoff=bound - ROUNDING, dtype=np.float64)
    return flagged(len(pairs.x), rows[found >= bound])


def highest_similarity(pairs: Values) -> NDArray[np.float32]:
    """What the similarity is at most, by the letters that both texts have."""
    a, b = pairs.mine.letters[pairs.x], pairs.other.letters[pairs.y]
    mine, other = pairs.mine.lengths[pairs.x], pairs.other.lengths[pairs.y]
    matching = np.minimum(mine - np.bitwise_count(a & ~b), other - np.bitwise_count(b & ~a)).astype(np.float32)
    jaro = (matching / mine + matching / other + 1) / 3
    begins_alike = pairs.mine.firsts[pairs.x] == pairs.other.firsts[pairs.y]
    highest: NDArray[np.float32] = np.where(begins_alike, jaro + np.float32(PREFIX_GAIN) * (1 - jaro), jaro)
    return highest


def begins(pairs: Values, _bound: float) -> Flags:
    rows = np.flatnonzero(pairs.mine.firsts[pairs.x] == pairs.other.firsts[pairs.y])
    texts = zip(*pairs.where(rows).texts(), strict=True)
    found = [one.startswith(other) or other.startswith(one) for one, other in texts]
    return flagged(len(pairs.x), rows[np.array(found, dtype=np.bool_)])


def flagged(size: int, rows: Longs) -> Flags:
    found = np.zeros(size, dtype=np.bool_)
    found[rows] = True
    return found


OPERATIONS: Mapping[str, Callable[[Values, float], Flags]] = {
    "near": is_near,
    "slip": within,
    "alike": is_alike,
    "begins": begins,
}


class Leveller:
    """Finds the levels of pairs of records. columns: in numbers, all that the comparisons look at."""

    def __init__(self, columns: Mapping[str, Numbers], comparisons: Iterable[Comparison]) -> None:
        self.columns = columns
        self.translated = {
            (test.column, test.against): columns[test.column].renumbered(columns[test.against])
            for one in comparisons
            for test in one.tests
            if test.against and test.operation == "same"
        }

    def levels(self, comparison: Comparison, left: Ints, right: Ints) -> Levels:
        """The level number of each pair of records."""
        found = np.full(len(left), -1, dtype=np.int8)
        base = self.columns[comparison.base].counts
        rows = np.flatnonzero((base[left] > 0) & (base[right] > 0))
        rows = rows[~self.passes(comparison.skipped, left[rows], right[rows])]
        found[rows] = 0
        for number, level in comparison.closest():
            passed = self.passes(level.alternatives, left[rows], right[rows])
            found[rows[passed]] = number
            rows = rows[~passed]
        return found

    def passes(self, alternatives: Sequence[Sequence[Test]], left: Ints, right: Ints) -> Flags:
        """Whether all tests of any alternative pass."""
        found = np.zeros(len(left), dtype=np.bool_)
        for tests in alternatives:
            rows = np.flatnonzero(~found)
            for test in tests:
                rows = rows[self.passes_test(test, left[rows], right[rows])]
            found[rows] = True
        return found

    def passes_test(self, test: Test, left: Ints, right: Ints) -> Flags:
        mine, other = self.columns[test.column], self.columns[test.against or test.column]
        rows, x, y = spread(mine, left, other, right)
        if test.operation == "same":
            same = x == (self.translated[test.column, test.against][y] if test.against else y)
            return flagged(len(left), rows[same])
        return flagged(len(left), rows[OPERATIONS[test.operation](Values(mine, other, x, y), test.bound)])
