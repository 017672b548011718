"""Many records as columns: each field's values coded once, their features taken per distinct value."""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from crm.matching.comparisons import COMPARISONS
from crm.matching.records import PARTED_NAMES, Values, derive, parted_names, parted_streets

Ints = NDArray[np.int32]
Fields = Mapping[str, Sequence[Values]]  # by field, one tuple of values a record
COMPARED_COLUMNS = frozenset(column for comparison in COMPARISONS for column in comparison.columns)


@dataclass(frozen=True)
class Coded:
    """One column of many records: its distinct values, and which of them each record has."""

    distinct: list[Values]
    index: Ints

    @property
    def has_several(self) -> bool:
        return any(len(values) > 1 for values in self.distinct)

    def counts(self) -> Counter[str]:
        """How many records have each value."""
        total: Counter[str] = Counter()
        for values, count in zip(self.distinct, np.bincount(self.index, minlength=len(self.distinct)), strict=True):
            for value in values:
                total[value] += int(count)
        return total

    def firsts(self) -> pa.Array:
        return pa.array([values[0] if values else None for values in self.distinct], pa.string()).take(
            pa.array(self.index)
        )

    def lists(self) -> pa.Array:
        several = [list(values) if len(values) > 1 else None for values in self.distinct]
        return pa.array(several, pa.list_(pa.string())).take(pa.array(self.index))


def coded(values: Iterable[Values]) -> Coded:
    """Code a field: the same values get the same number."""
    rows = values if isinstance(values, list) else list(values)
    numbers = {one: number for number, one in enumerate(dict.fromkeys(rows))}
    return Coded(list(numbers), np.fromiter(map(numbers.__getitem__, rows), dtype=np.int32, count=len(rows)))


def taken_apart(fields: Fields) -> dict[str, Sequence[Values]]:
    """The fields with full names and streets taken apart, as `completed` does for one record."""
    found = dict(fields)
    if full := found.pop("full_name", None):
        parts = {names: parted_names(names) for names in dict.fromkeys(full)}
        for at, field in enumerate(PARTED_NAMES):
            own = found.get(field) or repeat((), len(full))
            found[field] = [told or parts[names][at] for told, names in zip(own, full, strict=False)]
    if streets := found.get("street"):
        numbers = found.get("street_number") or repeat((), len(streets))
        known = {street: parted_streets(street) for street in dict.fromkeys(streets)}
        rows = [(told, street) if told else known[street] for told, street in zip(numbers, streets, strict=False)]
        found |= {"street_number": [number for number, _ in rows], "street": [street for _, street in rows]}
    return found


def feature_columns(fields: Fields) -> dict[str, Coded]:
    """The feature columns of many records; equal to `records.features` of each."""
    found: dict[str, Coded] = {}
    with uncollected():
        for field, values in taken_apart(fields).items():
            one = coded(values)
            derived = [derive.__wrapped__(field, own) for own in one.distinct]
            for column in dict.fromkeys(column for row in derived for column in row):
                found[column] = Coded([row.get(column, ()) for row in derived], one.index)
    return found


@contextmanager
def uncollected() -> Iterator[None]:
    """Millions of small rows without a circle are made: the collector, walking all of them again, takes as long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def size_of(columns: Mapping[str, Coded]) -> int:
    """How many records the columns are of."""
    return max((len(column.index) for column in columns.values()), default=0)
