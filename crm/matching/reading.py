"""Reading labelled records of somebody else's: CSV or Parquet, their columns mapped to our fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from crm.matching.errors import UnfitRecords
from crm.matching.loading import connect
from crm.matching.records import EXTRA, FIELDS, Values

Columns = Mapping[str, tuple[str, ...]]  # by field, the file's columns that hold its values


@dataclass(frozen=True)
class Labelled:
    """Records in columns, with their true customers. sides: 0, or 1 for those of a second file to link to."""

    fields: dict[str, list[Values]]
    truth: list[str]
    ids: list[str]
    sides: list[int]

    @property
    def is_linked(self) -> bool:
        return 1 in self.sides


def mapping(text: str) -> Columns:
    """Read given_name=first_name,surname=last_name,...: a field named twice has both columns' values."""
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        field, equals, column = (word.strip() for word in part.partition("="))
        if not equals or not column:
            raise UnfitRecords(f"--map: {part!r} is not FIELD=COLUMN.")
        if field not in FIELDS and not (field.startswith(EXTRA) and field != EXTRA):
            raise UnfitRecords(f"--map: no field {field!r}; there are {', '.join(FIELDS)} and extra:NAME.")
        found[field] = (*found.get(field, ()), column)
    if not found:
        raise UnfitRecords("--map names no column; give at least one FIELD=COLUMN.")
    return found


def read(paths: Sequence[Path], columns: Columns, truth: str, identity: str = "") -> Labelled:
    """Read one file, or two to be linked."""
    fields: dict[str, list[Values]] = {field: [] for field in columns}
    truths: list[str] = []
    ids: list[str] = []
    sides: list[int] = []
    for side, path in enumerate(paths):
        table = read_table(
            path, (truth, *([identity] if identity else ()), *(c for own in columns.values() for c in own))
        )
        for field, own in columns.items():
            rows = zip(*(table[column] for column in own), strict=True)
            shared: dict[tuple[str | None, ...], Values] = {}
            fields[field] += [shared[row] if row in shared else shared.setdefault(row, told(row)) for row in rows]
        truths += [value.strip() if value else "" for value in table[truth]]
        ids += (
            [str(value) for value in table[identity]]
            if identity
            else [f"{side}:{at}" for at in range(len(table[truth]))]
        )
        sides += [side] * len(table[truth])
    require_values(fields, columns)
    if not any(truths):
        raise UnfitRecords(f"--truth: the column {truth!r} is blank in every row.")
    return Labelled(fields, truths, ids, sides)


def told(row: tuple[str | None, ...]) -> Values:
    """The values that say something; rows that are alike share them."""
    return tuple(value.strip() for value in row if value and value.strip())


def require_values(fields: Mapping[str, Sequence[Values]], columns: Columns) -> None:
    for field, values in fields.items():
        if not any(values):
            raise UnfitRecords(f"--map: {field}={'+'.join(columns[field])} is blank in every row; leave it out.")


def read_table(path: Path, wanted: Sequence[str]) -> dict[str, list[str | None]]:
    """The wanted columns of a file, as text. A heading's blanks at either end do not count."""
    if not path.is_file():
        raise UnfitRecords(f"There is no file {path}.")
    relation = opened(path)
    headings = {heading.strip(): heading for heading in relation.columns}
    if missing := [column for column in dict.fromkeys(wanted) if column not in headings]:
        raise UnfitRecords(f"{path.name} has no column {', '.join(missing)}; it has {', '.join(headings)}.")
    chosen = ", ".join(
        'cast("' + headings[column].replace('"', '""') + f'" as varchar) as c{at}' for at, column in enumerate(wanted)
    )
    rows = relation.project(chosen).to_arrow_table()
    if not rows.num_rows:
        raise UnfitRecords(f"{path.name} holds no records.")
    return {column: texts(rows[f"c{at}"]) for at, column in enumerate(wanted)}


def texts(column: pa.ChunkedArray) -> list[str | None]:
    """A column as texts, of which those that are alike are one in memory."""
    encoded = column.combine_chunks().dictionary_encode()
    distinct = [*encoded.dictionary.to_pylist(), None]
    return [distinct[at] for at in encoded.indices.fill_null(-1).to_pylist()]


def opened(path: Path) -> duckdb.DuckDBPyRelation:
    if not path.stat().st_size:
        raise UnfitRecords(f"{path.name} is empty.")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return connect().read_parquet(str(path))
        return connect().read_csv(str(path), all_varchar=True, header=True)
    except duckdb.Error as error:
        told = str(error).partition("\n")[0]
        raise UnfitRecords(f"{path.name} can be read neither as CSV nor as Parquet: {told}") from error
