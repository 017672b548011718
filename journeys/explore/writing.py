"""Files of rows: CSV for spreadsheets, in which nothing is a formula, and Parquet for everything else."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from io import TextIOWrapper
from typing import IO, Any

import pyarrow as pa
from pyarrow import parquet

from crm.batches.writing import harmless
from journeys.explore.columns import COLUMNS, Shown

Put = Callable[[Sequence[Shown]], None]
FIRST = ("When", "Interaction", "Customer’s id")
TYPES: dict[str, Any] = {"value": pa.float64()}


@contextmanager
def csv_file(file: IO[bytes], columns: Sequence[str]) -> Iterator[Put]:
    """Writes rows as CSV (UTF-8, with the mark that spreadsheet programs look for)."""
    text = TextIOWrapper(file, "utf-8", newline="")
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([*FIRST, *(COLUMNS[name].label for name in columns)])

    def put(rows: Sequence[Shown]) -> None:
        for row in rows:
            said = [COLUMNS[name].say(row) for name in columns]
            first = [row.at.isoformat(timespec="seconds"), str(row.said.pk), str(row.public_id)]
            writer.writerow([*first, *harmless(said)])

    yield put
    text.flush()
    text.detach()


@contextmanager
def parquet_file(file: IO[bytes], columns: Sequence[str]) -> Iterator[Put]:
    """Writes rows as Parquet: times as times, values as numbers beside their currency."""
    named = [(name, TYPES.get(name, pa.string())) for name in columns]
    named += [("currency", pa.string())] if "value" in columns else []
    first = [("at", pa.timestamp("us", "UTC")), ("interaction", pa.int64()), ("customer_id", pa.string())]
    schema = pa.schema([*first, *named])
    with parquet.ParquetWriter(file, schema) as writer:

        def put(rows: Sequence[Shown]) -> None:
            writer.write_table(pa.Table.from_pylist([plain(row, columns) for row in rows], schema))

        yield put


def plain(row: Shown, columns: Sequence[str]) -> dict[str, Any]:
    """A row as Parquet has it."""
    said: dict[str, Any] = {name: COLUMNS[name].say(row) or None for name in columns}
    if "value" in said:
        said |= {"value": amount(row), "currency": str(row.data.get("currency") or "") or None}
    return {"at": row.at, "interaction": row.said.pk, "customer_id": str(row.public_id), **said}


def amount(row: Shown) -> float | None:
    value = row.data.get("value")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


writers: dict[str, Callable[[IO[bytes], Sequence[str]], AbstractContextManager[Put]]] = {
    "csv": csv_file,
    "parquet": parquet_file,
}
