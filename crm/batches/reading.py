"""Reading a spreadsheet of merges: bytes, or what was pasted, as lines that each name two customers. Pure.

Each line stands for itself: one that cannot be read is refused with its reason, and takes no other line with it.
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
PAIR, GROUP = ("customer_a", "customer_b"), ("group", "customer")
NOT_DECODED = re.compile("[\udc80-\udcff]")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
HEADER = "the first line names the columns: customer_a,customer_b, or group,customer"


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the file. a, b: whom it names, b empty for the first of a group. refused: why it cannot be taken."""

    number: int
    a: str
    b: str = ""
    refused: str = ""


def read(content: bytes) -> list[Told]:
    """The lines of a file. Raises BatchRefused when none can be taken, with the remedy."""
    lines = text_of(content).split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise BatchRefused(f"the file is empty: {HEADER}")
    if len(lines) > MOST_LINES + 1:
        raise BatchRefused(f"the file has {len(lines) - 1:,} lines; split it into files of at most {MOST_LINES:,}")
    delimiter = max(DELIMITERS, key=lines[0].count)
    header = [cell.strip().casefold().replace(" ", "_") for cell in cells_of(lines[0], delimiter) or []]
    places = placed(header)
    told = list(lines_of(lines, delimiter, len(header), places))
    if not told:
        raise BatchRefused("the file has a header and no lines below it")
    return grouped(told) if header_is(header, GROUP) else told


def text_of(content: bytes) -> str:
    """The file as text with one newline a line; bytes that are no UTF-8 stay to be found, each in its line."""
    if len(content) > LARGEST:
        raise BatchRefused(f"the file is over {LARGEST // 1024 // 1024} MB; split it")
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


def header_is(header: Sequence[str], columns: Sequence[str]) -> bool:
    return all(header.count(column) == 1 for column in columns)


def placed(header: Sequence[str]) -> tuple[int, int]:
    """Where the two columns stand."""
    for columns in (PAIR, GROUP):
        if header_is(header, columns):
            return header.index(columns[0]), header.index(columns[1])
    raise BatchRefused(f"{HEADER}; this file has: {', '.join(map(shown, header))[:200] or 'nothing in it'}")


def lines_of(lines: Sequence[str], delimiter: str, width: int, places: tuple[int, int]) -> Iterator[Told]:
    """The lines below the header; those with nothing in them are left out."""
    for number, line in enumerate(lines[1:], start=2):
        if line.strip():
            yield line_of(number, line, cells_of(line, delimiter), width, places)


def line_of(number: int, line: str, cells: Sequence[str] | None, width: int, places: tuple[int, int]) -> Told:
    why = unreadable(line, cells, width)
    if why or cells is None:
        return Told(number, shown(line), refused=why)
    a, b = (cells[place].strip() for place in places)
    if not a or not b:
        return Told(number, shown(a), shown(b), "one of its two columns is empty")
    return Told(number, a, b)


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


def grouped(told: Sequence[Told]) -> list[Told]:
    """Lines of (group, customer) as lines of two customers: the first of each group, and each that joins it."""
    first: dict[str, Told] = {}
    found = []
    for line in told:
        if line.refused:
            found.append(line)
        elif line.a in first:
            found.append(Told(line.number, first[line.a].b, line.b))
        else:
            first[line.a] = line
            found.append(Told(line.number, line.b))
    return found
