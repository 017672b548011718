"""Feature columns as numbers: what millions of pairs are compared by at once. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crm.matching.records import WALL
from crm.matching.tables import Coded

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]
Letters = NDArray[np.uint64]
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
TEXTS_AT_ONCE = 100_000
BIT = np.full(256, np.uint64(1) << np.uint64(len(LETTERS)), dtype=np.uint64)  # of each byte; all others share one
for _at, _letter in enumerate(LETTERS):
    BIT[ord(_letter)] = np.uint64(1) << np.uint64(_at)


@dataclass(frozen=True)
class Numbers:
    """One column's values as numbers. index: each record's row; a row's values are flat[starts[row] : starts[row + 1]].

    texts: the text of each number.
    """

    index: Ints
    starts: Ints
    flat: Ints
    texts: NDArray[np.object_]

    @cached_property
    def counts(self) -> Ints:
        """How many values each record has."""
        return np.diff(self.starts).astype(np.int32)[self.index]

    @cached_property
    def lengths(self) -> Ints:
        return np.fromiter(map(len, self.texts), dtype=np.int32, count=len(self.texts))

    @cached_property
    def firsts(self) -> NDArray[np.str_]:
        return np.array([text[0] for text in self.texts], dtype="U1")

    @cached_property
    def letters(self) -> Letters:
        """Which letters each text has, a bit for each."""
        found = np.zeros(len(self.texts), dtype=np.uint64)
        for start in range(0, len(self.texts), TEXTS_AT_ONCE):
            some = slice(start, start + TEXTS_AT_ONCE)
            written = np.frombuffer("".join(self.texts[some]).encode("latin-1", "replace"), dtype=np.uint8)
            begins = np.cumsum(self.lengths[some]) - self.lengths[some]
            found[some] = np.bitwise_or.reduceat(BIT[written], begins)
        return found

    @cached_property
    def number_of(self) -> dict[str, int]:
        return {text: number for number, text in enumerate(self.texts)}

    def renumbered(self, other: "Numbers") -> Ints:
        """What the other column's numbers are here; the texts that only the other has come after all here."""
        if other is self:
            return np.arange(len(self.texts), dtype=np.int32)
        after = len(self.texts)
        return np.array([self.number_of.get(text, after + at) for at, text in enumerate(other.texts)], dtype=np.int32)

    def highest(self, figures: NDArray[np.float64]) -> NDArray[np.float64]:
        """The highest of each record's values, by a figure for each number; 0 for records without any."""
        filled = np.flatnonzero(np.diff(self.starts))
        of_rows = np.zeros(len(self.starts) - 1)
        if len(filled):
            of_rows[filled] = np.maximum.reduceat(figures[self.flat], self.starts[filled])
        found: NDArray[np.float64] = of_rows[self.index]
        return found


def numbers_of(column: Coded) -> Numbers:
    """Number a column's values."""
    known: dict[str, int] = {}
    flat = [known.setdefault(value, len(known)) for values in column.distinct for value in values]
    starts = np.zeros(len(column.distinct) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(map(len, column.distinct), dtype=np.int32, count=len(column.distinct)), out=starts[1:])
    texts = np.empty(len(known), dtype=object)
    texts[:] = list(known)
    return Numbers(column.index, starts, np.array(flat, dtype=np.int32), texts)


def spread(mine: Numbers, left: Ints, other: Numbers, right: Ints) -> tuple[Longs, Ints, Ints]:
    """Every pair of values of each pair of records: the pair's row, and both numbers."""
    times = other.counts[right]
    counts = mine.counts[left] * times
    if counts.max(initial=0) <= 1:
        rows = np.flatnonzero(counts)
        return rows, first(mine, left[rows]), first(other, right[rows])
    rows = np.repeat(np.arange(len(left)), counts)
    which = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    times = times[rows]
    x = mine.flat[mine.starts[mine.index[left[rows]]] + which // times]
    return rows, x, other.flat[other.starts[other.index[right[rows]]] + which % times]


def first(column: Numbers, records: Ints) -> Ints:
    """The first values of records that have one."""
    found: Ints = column.flat[column.starts[column.index[records]]]
    return found


def numbered(columns: Mapping[str, Coded], wanted: Iterable[str], size: int) -> dict[str, Numbers]:
    """The wanted columns of so many records in numbers, and the walls between them, where there are any; one that no
    record has is empty.
    """
    empty = Coded([()], np.zeros(size, dtype=np.int32))
    return {name: numbers_of(columns.get(name, empty)) for name in sorted({*wanted, *({WALL} & columns.keys())})}
