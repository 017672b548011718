"""Spreadsheets as they come: bytes, or what was pasted, as rows under a header. Pure.

Each row stands for itself: one that cannot be read says why, and takes no other row with it.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crm.errors import BatchRefused

MOST_LINES = 100_000
LARGEST = 20 * 1024 * 1024  # bytes
LONGEST = 400  # characters of one cell
DELIMITERS = ",;\t|"
NOT_DECODED = re.compile("[\udc80-\udcff]")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
ZIP = b"PK\x03\x04"  # as a workbook of a spreadsheet program begins


@dataclass(frozen=True, slots=True)
class Row:
    """One row. cells: by the header's names, without spaces around; none where refused says why it cannot be taken."""

    number: int
    cells: dict[str, str]
    line: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header, in small letters, and the lines below it."""

    header: Sequence[str]
    delimiter: str
    lines: Sequence[str]

    def has(self, columns: Sequence[str]) -> bool:
        """Whether each of these columns is there, once."""
        return all(self.header.count(column) == 1 for column in columns)

    def rows(self) -> Iterator[Row]:
        """The lines below the header; those with nothing in them are left out."""
        for number, line in enumerate(self.lines, start=2):
            if line.strip():
                yield self.row(number, line)

    def row(self, number: int, line: str) -> Row:
        cells = cells_of(line, self.delimiter)
        why = unreadable(line, cells, len(self.header))
        if why or cells is None:
            return Row(number, {}, shown(line), why)
        return Row(number, {name: cell.strip() for name, cell in zip(self.header, cells, strict=True)}, shown(line))


def sheet_of(content: bytes, expected: str, *wanted: Sequence[str]) -> Sheet:
    """A file as a sheet. Raises BatchRefused when it is none, with the remedy.

    wanted: columns of which some have to be there, or others; expected: the same in words.
    """
    lines = text_of(content).split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise BatchRefused(f"the file is empty: {expected}")
    if len(lines) > MOST_LINES + 1:
        raise BatchRefused(f"the file has {len(lines) - 1:,} lines; split it into files of at most {MOST_LINES:,}")
    delimiter = max(DELIMITERS, key=lines[0].count)
    header = [cell.strip().casefold().replace(" ", "_") for cell in cells_of(lines[0], delimiter) or []]
    sheet = Sheet(header, delimiter, lines[1:])
    if not any(map(sheet.has, wanted)):
        raise BatchRefused(f"{expected}; this file has: {', '.join(map(shown, header))[:200] or 'nothing in it'}")
    if len(lines) == 1:
        raise BatchRefused("the file has a header and no lines below it")
    return sheet


def text_of(content: bytes) -> str:
    """The file as text with one newline a line; bytes that are no UTF-8 stay to be found, each in its line."""
    if len(content) > LARGEST:
        raise BatchRefused(f"the file is over {LARGEST // 1024 // 1024} MB; split it")
    if content.startswith(ZIP):
        raise BatchRefused("the file is a workbook; save its sheet as CSV in UTF-8")
    try:
        text = content.decode("utf-16") if content[:2] in UTF_16 else content.decode("utf-8-sig", "surrogateescape")
    except UnicodeDecodeError:
        raise BatchRefused("the file begins as UTF-16 and is not; save it as CSV in UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def cells_of(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line; None where its quotes do not close."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def unreadable(line: str, cells: Sequence[str] | None, width: int) -> str:
    """Why a line cannot be taken, or ""."""
    if NOT_DECODED.search(line):
        return "it is not UTF-8; save the file as CSV in UTF-8"
    if "\0" in line:
        return "there is a NUL byte in it; save the file as CSV again"
    if cells is None:
        return "a quote in it is not closed"
    if len(cells) != width:
        return f"it has {len(cells)} columns, and the header {width}"
    return "a cell is too long to name a customer" if any(len(cell) > LONGEST for cell in cells) else ""


def shown(text: str) -> str:
    """What was read, as it can be kept and shown."""
    return NOT_DECODED.sub("�", text).replace("\0", "␀")[:LONGEST]
