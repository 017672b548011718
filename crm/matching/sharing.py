"""Values that several people share: a couple's inbox, a household's landline, a switchboard, a placeholder. Pure.

Shared is a property of the facts: too many records hold the value (by count), or people who cannot be one hold it
(by contradiction). A pair that agrees on such a value alone is not known to be one person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHARED_ABOVE = 30  # records with one value; the largest customers of a realistic million have about 20
SHARED_CONTRADICTIONS = 0.25  # of the compared pairs of a value's records: one misspelt record among five is no couple
VALUES_KEPT = 6  # of one record

Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Values:
    """One field's values, numbered: one row a record, -1 where it has fewer than the others."""

    numbers: Ints
    count: int

    def common(self, left: Ints, right: Ints) -> Iterator[Ints]:
        """Every value that both records of each pair have, in as many columns as it takes; -1 where there is none."""
        for mine in self.numbers.T:
            for other in self.numbers.T:
                found = mine[left]
                yield np.where(found == other[right], found, np.int32(-1))

    def have_common(self, left: Ints, right: Ints) -> Flags:
        """Whether both records of each pair have a value in common."""
        found = np.zeros(len(left), dtype=np.bool_)
        for common in self.common(left, right):
            found |= common >= 0
        return found


def numbered(distinct: Sequence[Sequence[str]], index: Ints) -> Values:
    """Number one field's values. distinct: the values that records have together; index: which of them each has."""
    known: dict[str, int] = {}
    rows = [[known.setdefault(value, len(known)) for value in sorted(own)[:VALUES_KEPT]] for own in distinct]
    width = max(map(len, rows), default=0) or 1
    numbers = np.full((len(rows), width), -1, dtype=np.int32)
    for column in range(width):
        numbers[:, column] = [row[column] if column < len(row) else -1 for row in rows]
    return Values(numbers[index], len(known))


@dataclass(frozen=True)
class Sharing:
    """Which of a field's values are shared, by number, and which of them by count; the last flag is for none."""

    values: Values
    shared: Flags
    crowded: Flags

    def is_shared(self, left: Ints, right: Ints) -> Flags:
        """Whether what each pair has in common is shared."""
        return self.is_all_common(self.shared, left, right)

    def is_crowded(self, left: Ints, right: Ints) -> Flags:
        """Whether what each pair has in common is shared by count."""
        return self.is_all_common(self.crowded, left, right)

    def is_all_common(self, flags: Flags, left: Ints, right: Ints) -> Flags:
        """Whether every common value of each pair has the flag, or any of either's where they have none in common."""
        if not flags.any():  # as of nearly every few records
            return np.zeros(len(left), dtype=np.bool_)
        numbers = np.where(flags[self.values.numbers], np.int32(-1), self.values.numbers)
        has_flagged = (numbers != self.values.numbers).any(axis=1)
        found: Flags = has_flagged[left] | has_flagged[right]
        found &= ~Values(numbers, self.values.count).have_common(left, right)
        return found


def shared_values(values: Values, left: Ints, right: Ints, contradicts: Flags) -> Sharing:
    """Find a field's shared values. left, right: every compared pair; contradicts: those that cannot be one person."""
    compared, against = (np.zeros(values.count + 1, dtype=np.int64) for _ in range(2))
    for common in values.common(left, right):
        met = common >= 0
        compared += np.bincount(common[met], minlength=values.count + 1)
        against += np.bincount(common[met & contradicts], minlength=values.count + 1)
    holders = np.bincount(values.numbers[values.numbers >= 0], minlength=values.count + 1)
    by_contradiction = (against > 0) & (against >= SHARED_CONTRADICTIONS * compared)
    crowded: Flags = holders > SHARED_ABOVE
    return Sharing(values, by_contradiction | crowded, crowded)
