"""Counts as bytes, to be kept: a head that says where each column is, and the columns. Read without being copied."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from journeys.attribution.counting import Counts
from journeys.attribution.moving import Moves, Pairs
from journeys.attribution.paths import Credits

OF_MOVES = ("members", "begun", "converted", "lost", "valued", "before", "after", "journeys")
Columns = Mapping[str, NDArray[Any]]


def packed(counts: Counts) -> bytes:
    columns: dict[str, NDArray[Any]] = {}
    for model, found in counts.along.items():
        columns |= {f"{model} conversions": found.conversions, f"{model} values": found.values}
    for order, moves in counts.moves.items():
        told: list[NDArray[Any]] = [moves.members, moves.begun, moves.converted, moves.lost, moves.valued, *moves.pairs]
        columns |= {f"{order} {name}": column for name, column in zip(OF_MOVES, told, strict=True)}
    head = orjson.dumps({
        "channels": list(counts.channels), "totals": counts.totals, "unattributed": counts.unattributed,
        "along": list(counts.along), "orders": list(counts.moves),
        "columns": [(name, column.dtype.str, column.shape) for name, column in columns.items()],
    })  # fmt: skip
    head += b" " * (-len(head) % 8)
    return b"".join([len(head).to_bytes(8, "little"), head, *(aligned(column) for column in columns.values())])


def aligned(column: NDArray[Any]) -> bytes:
    told = np.ascontiguousarray(column).tobytes()
    return told + b"\0" * (-len(told) % 8)


def unpacked(told: bytes | memoryview, along: Iterable[str], orders: Iterable[int]) -> Counts:
    """What was packed, of these models and orders; of what it was not counted for, nothing."""
    length = int.from_bytes(told[:8], "little")
    head = orjson.loads(bytes(told[8 : 8 + length]))
    columns = columns_of(head["columns"], memoryview(told)[8 + length :])
    return Counts(
        tuple(head["channels"]),
        tuple(head["totals"]),
        tuple(head["unattributed"]),
        {
            model: Credits(columns[f"{model} conversions"], columns[f"{model} values"])
            for model in along if model in head["along"]
        },
        {order: moves_of(head["channels"], columns, order) for order in orders if order in head["orders"]},
    )  # fmt: skip


def columns_of(told: Iterable[tuple[str, str, list[int]]], body: memoryview) -> Columns:
    found, at = {}, 0
    for name, dtype, shape in told:
        count = int(np.prod(shape))
        found[name] = np.frombuffer(body, dtype, count, at).reshape(shape)
        size = count * np.dtype(dtype).itemsize
        at += size + (-size % 8)
    return found


def moves_of(channels: list[str], columns: Columns, order: int) -> Moves:
    members, begun, converted, lost, valued, *pairs = (columns[f"{order} {name}"] for name in OF_MOVES)
    return Moves(tuple(channels), members, begun, converted, lost, valued, Pairs(*pairs))
