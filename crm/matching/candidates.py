"""Candidates: the pairs of records that share a blocking key, found by sorting numbers. Pure.

As `blocking.keys_of` of both records would say, but for two keys in a million millions that fall together.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from crm.matching.blocking import LARGEST_BLOCK, Rule
from crm.matching.numbering import Ints, Longs, Numbers
from crm.matching.records import WALL

Hashes = NDArray[np.uint64]
Sides = NDArray[np.int8]
PAIRS_PER_RECORD, PAIRS_OF_MANY = 4.0, 1.5  # a rule that makes more than this is too coarse for so many records
MANY_PAIRS = 400_000  # of one rule; a million records cannot afford per record what a few thousand can
THREADS = max(1, min(4, os.cpu_count() or 1))
MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # of splitmix64


@dataclass(frozen=True)
class Blocks:
    """Records by the keys of one rule: those of one block beside each other, no record twice in one.

    after: how many more of its block stand after each record.
    """

    records: Ints
    after: Ints

    @property
    def pair_count(self) -> int:
        return int(self.after.sum())

    def pairs(self, sides: Sides | None) -> Longs:
        """Every pair within a block, as one number: the smaller record first."""
        found, rows, distance = [], np.flatnonzero(self.after), 1
        while len(rows):
            one, other = self.records[rows], self.records[rows + distance]
            if sides is not None:
                across = sides[one] != sides[other]
                one, other = one[across], other[across]
            found.append((np.minimum(one, other).astype(np.int64) << 32) | np.maximum(one, other))
            distance += 1
            rows = rows[self.after[rows] >= distance]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def candidates(columns: Mapping[str, Numbers], rules: Sequence[Rule], sides: Sides | None = None) -> tuple[Ints, Ints]:
    """The pairs of records that share a key, each once, in the order of the records. sides: only pairs across."""
    with ThreadPoolExecutor(THREADS) as pool:
        packed = unique(np.concatenate([*pool.map(partial(pairs_of, columns, sides), rules)]))
    return (packed >> 32).astype(np.int32), (packed & 0xFFFFFFFF).astype(np.int32)


def pairs_of(columns: Mapping[str, Numbers], sides: Sides | None, rule: Rule) -> Longs:
    return unique(blocks_of(columns, rule).pairs(sides))


def unique(packed: Longs) -> Longs:
    """The numbers in order, each once; sorts in place."""
    packed.sort()
    return packed[np.diff(packed, prepend=-1) > 0]


def usable(columns: Mapping[str, Numbers], rules: Sequence[Rule], size: int) -> tuple[str, ...]:
    """The names of the rules that find pairs, and not too many for so many records."""
    made = {rule.name: blocks_of(columns, rule).pair_count for rule in rules}
    most = min(PAIRS_PER_RECORD * size, max(PAIRS_OF_MANY * size, MANY_PAIRS))
    return tuple(name for name, count in made.items() if 0 < count <= most)


def blocks_of(columns: Mapping[str, Numbers], rule: Rule) -> Blocks:
    """The blocks of a rule that are not too large."""
    records, keys = keyed(columns, rule)
    bits = np.uint64(max(1, int(records.max(initial=0)).bit_length()))
    packed = ((keys >> bits) << bits) | records.astype(np.uint64)
    packed.sort()
    packed = packed[np.append(np.flatnonzero(packed[1:] != packed[:-1]), len(packed) - 1)] if len(packed) else packed
    keys = packed >> bits
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else np.empty(0, dtype=np.int64)
    sizes = np.diff(np.append(starts, len(keys)))
    after = np.repeat(starts + sizes, sizes) - np.arange(1, len(keys) + 1)
    kept = np.repeat((sizes > 1) & (sizes <= LARGEST_BLOCK), sizes)
    records = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int32)
    return Blocks(records[kept], after[kept].astype(np.int32))


def keyed(columns: Mapping[str, Numbers], rule: Rule) -> tuple[Ints, Hashes]:
    """Each record's keys of a rule: records and hashes."""
    first = columns[rule.columns[0]]
    records = np.arange(len(first.index), dtype=np.int32)
    values: list[Ints] = []
    for name in rule.columns:
        column = columns[name]
        counts = column.counts[records]
        rows = np.repeat(np.arange(len(records)), counts)
        which = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        records = records[rows]
        numbers = column.flat[column.starts[column.index[records]] + which]
        numbers = first.renumbered(column)[numbers] if rule.is_sorted else numbers
        values = [*(value[rows] for value in values), numbers]
    if rule.is_sorted:
        values = [np.minimum(*values), np.maximum(*values)]
    if WALL in columns:
        values.append(columns[WALL].index[records])
    return records, hashed(values)


def hashed(values: Sequence[Ints]) -> Hashes:
    """One number for each row of numbers (splitmix64 of each, one after the other)."""
    found = np.zeros(len(values[0]), dtype=np.uint64)
    for value in values:
        found += value.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        found = (found ^ (found >> np.uint64(30))) * MULTIPLIERS[0]
        found = (found ^ (found >> np.uint64(27))) * MULTIPLIERS[1]
        found ^= found >> np.uint64(31)
    return found
