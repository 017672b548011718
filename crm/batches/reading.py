"""Reading a spreadsheet of merges: lines that each name two customers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.batches.sheets import Row, sheet_of, shown

PAIR, GROUP = ("customer_a", "customer_b"), ("group", "customer")
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
    sheet = sheet_of(content, HEADER, PAIR, GROUP)
    columns = PAIR if sheet.has(PAIR) else GROUP
    told = [line_of(row, columns) for row in sheet.rows()]
    return grouped(told) if columns == GROUP else told


def line_of(row: Row, columns: Sequence[str]) -> Told:
    if row.refused:
        return Told(row.number, row.line, refused=row.refused)
    a, b = (row.cells[name] for name in columns)
    if not a or not b:
        return Told(row.number, shown(a), shown(b), "one of its two columns is empty")
    return Told(row.number, a, b)


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
