"""Columns of numbers as bytes, each number as short as the longest one allows, and days put together of them. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
WIDTHS = ("<i2", "<i4", "<i8")


class Columns(NamedTuple):
    """Hits of one day, of one length, in the order of time, then of interaction. at: milliseconds of the day."""

    identifier: Ints
    at: Ints
    step: Ints
    interaction: Ints


def packed(column: Ints) -> bytes:
    most = max(int(column.max()), -int(column.min())) if len(column) else 0
    width = next(width for width in WIDTHS if most <= np.iinfo(width).max)
    return column.astype(width).tobytes()


def unpacked(told: bytes | memoryview, length: int) -> NDArray[np.signedinteger]:
    """A column of that length, as it was packed: without a copy."""
    width = len(told) // length if length else 2
    return np.frombuffer(told, f"<i{width}")


def columns_of(rows: Iterable[tuple[int, int, int, int]]) -> Columns:
    """Columns of (identifier, at, step, interaction), in any order."""
    return in_time(Columns(*np.array(list(rows), dtype=np.int64).reshape(-1, 4).T))


def joined(one: Columns, other: Columns) -> Columns:
    return in_time(Columns(*map(np.concatenate, zip(one, other, strict=True))))


def without(columns: Columns, interactions: Iterable[int]) -> Columns:
    stays = ~np.isin(columns.interaction, np.fromiter(interactions, dtype=np.int64))
    return Columns(*(column[stays] for column in columns))


def in_time(columns: Columns) -> Columns:
    order = np.lexsort((columns.interaction, columns.at))
    return Columns(*(column[order] for column in columns))
