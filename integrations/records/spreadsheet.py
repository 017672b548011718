"""A spreadsheet's rows (CSV) as records, one at a time, so that a large file fits into little memory."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from crm.profile.fields import FIELD_NAME, TYPES, FieldType
from integrations.errors import BadSpreadsheet
from integrations.records.record import CONTACTS

DELIMITERS = ",;\t|"
LARGEST_CELL = 1024 * 1024
NOT_DECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what. fields: (field, column), a contact perhaps several times. dates: how dates are written,
    as strptime has it; "" for ISO. verified: the fields that the source has checked.
    """

    id: str
    fields: Sequence[tuple[str, str]]
    at: str = ""
    dates: str = ""
    verified: frozenset[str] = field(default_factory=frozenset)

    @property
    def named(self) -> list[str]:
        return [self.id, *(column for _, column in self.fields), *([self.at] if self.at else [])]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, and the record, or the reason why there is none."""

    line: int
    record: Mapping[str, Any]
    reason: str = ""


def read_map(texts: Sequence[str]) -> list[tuple[str, str]]:
    """(field, column) of FIELD=COLUMN, several with commas between. Raises BadSpreadsheet."""
    found: list[tuple[str, str]] = []
    for part in (part for text in texts for part in text.split(",")):
        name, equals, column = (word.strip() for word in part.partition("="))
        name = name.removeprefix("extra:")
        if not equals or not column or not FIELD_NAME.fullmatch(name):
            raise BadSpreadsheet(f"--map {part}: write it as FIELD=COLUMN, for example given_name=First name")
        if name not in CONTACTS and name in dict(found):
            raise BadSpreadsheet(f"--map: {name} is there twice")
        found.append((name, column))
    return found


def read_rows(path: Path, columns: Columns, encoding: str) -> Iterator[Row]:
    """Every row of a file, those that cannot be taken with the reason. Raises BadSpreadsheet when none can be."""
    csv.field_size_limit(LARGEST_CELL)
    try:
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            head = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(DELIMITERS, key=head.count), strict=True)
            yield from rows(reader, columns)
    except OSError as error:
        raise BadSpreadsheet(f"{path} cannot be read: {error.strerror}") from None
    except LookupError:
        raise BadSpreadsheet(f"--encoding {encoding}: there is no such encoding") from None


def rows(reader: Any, columns: Columns) -> Iterator[Row]:
    header = [name.strip() for name in next(reader, [])]
    places = placed(header, columns)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(reader.line_num, {"row": []}, f"the line is no CSV ({error})")
            continue
        if any(cell.strip() for cell in cells):
            yield row(reader.line_num, cells, len(header), places, columns)


def placed(header: Sequence[str], columns: Columns) -> dict[str, int]:
    """The place of each column that is named. Raises BadSpreadsheet."""
    if not any(header):
        raise BadSpreadsheet("the file is empty: its first line names the columns")
    for name in columns.named:
        if header.count(name) != 1:
            said = "there twice" if name in header else "not there"
            raise BadSpreadsheet(f"the column {name} is {said}; the file has: {', '.join(header)[:500]}")
    return {name: header.index(name) for name in columns.named}


def row(line: int, cells: Sequence[str], width: int, places: Mapping[str, int], columns: Columns) -> Row:
    if len(cells) != width:
        return Row(line, as_read(cells), f"it has {len(cells)} columns, and the header {width}")
    if any(NOT_DECODED.search(cell) for cell in cells):
        return Row(line, as_read(cells), "it is not UTF-8; save the file so, or say --encoding cp1252")
    told = [(name, cells[places[column]].strip()) for name, column in columns.fields]
    contacts = {kind: [value for name, value in told if name == kind and value] for kind in CONTACTS}
    traits = {name: as_iso(name, value, columns.dates) for name, value in told if name not in CONTACTS and value}
    found: dict[str, Any] = {"id": cells[places[columns.id]].strip(), "traits": traits}
    found |= {kind: values for kind, values in contacts.items() if values}
    if columns.at and (at := cells[places[columns.at]].strip()):
        found["at"] = at
    if verified := sorted(columns.verified & traits.keys()):
        found["verified"] = verified
    return Row(line, found)


def as_read(cells: Sequence[str]) -> dict[str, Any]:
    """A row that cannot be taken, as it was read; bytes that are no text become the replacement character."""
    return {"row": [cell.encode("utf-8", "replace").decode() for cell in cells]}


def as_iso(name: str, value: str, dates: str) -> str:
    """A date as it is kept; one that is written otherwise, and anything else, as it was said."""
    if not dates or TYPES.get(name) != FieldType.DATE:
        return value
    try:
        return datetime.strptime(value, dates).date().isoformat()
    except ValueError:
        return value
