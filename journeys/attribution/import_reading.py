"""Reading conversions from elsewhere: lines of a spreadsheet, or objects of the API, as what they say. Pure.

Whatever cannot be read exactly is refused, with the remedy: an amount is never guessed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crm.batches.consent_reading import moment
from crm.batches.sheets import Row, sheet_of, shown

WHO = ("customer", "identifier", "email", "phone", "order")  # the first that a line fills in says whose it is
BY_ORDER = "order:"  # before the number of an order, where a line says no more of whose it is
NEEDED = tuple((who, "at", "value", "currency") for who in WHO)
HEADER = (
    "the first line names the columns: one of customer, identifier, email, phone, order; then at,value,currency,kind"
    " (order beside one of the others, and kind, may be left out)"
)
AMOUNT = re.compile(r"[+-]?\d{1,10}(\.\d{1,2})?")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST_ORDER = 120


@dataclass(frozen=True, slots=True)
class Told:
    """A conversion as it was told. who: a customer's id, or kind:value. at: ISO. kind: in small letters.

    refused: why it cannot be taken.
    """

    number: int
    who: str
    at: str = ""
    value: str = "0"
    currency: str = ""
    order: str = ""
    kind: str = ""
    refused: str = ""

    @property
    def content(self) -> dict[str, Any]:
        """What is kept of it beside whose it is."""
        return {
            name: said for name, said in asdict(self).items() if name in ("at", "value", "currency", "order", "kind")
        }


def read_conversions(content: bytes, kinds: Sequence[str], now: datetime) -> list[Told]:
    """The lines of a file. kinds: those there are. Raises BatchRefused when none can be taken."""
    return [line_of(row, kinds, now) for row in sheet_of(content, HEADER, *NEEDED).rows()]


def line_of(row: Row, kinds: Sequence[str], now: datetime) -> Told:
    return (
        Told(row.number, row.line, refused=row.refused) if row.refused else told_of(row.number, row.cells, kinds, now)
    )


def told_of(number: int, cells: Mapping[str, str], kinds: Sequence[str], now: datetime) -> Told:
    """What a line says, or why it cannot be taken."""
    who = who_of(cells)
    at, kind = moment(cells.get("at", "")), cells.get("kind", "").casefold()
    amount, currency = cells.get("value", ""), cells.get("currency", "").upper()
    order = cells.get("order", "")
    formula = next((cell for cell in cells.values() if cell.startswith("=")), "")
    for is_wrong, why in (
        (formula, "there is a formula in it; save the values themselves"),
        (not who, "it says of nobody whose it is: give one of customer, identifier, email, phone, order"),
        (not isinstance(at, datetime), "its time cannot be read; write 2026-11-27, or 2026-11-27T14:05:00Z"),
        (isinstance(at, datetime) and at > now, "its time is yet to come"),
        (isinstance(at, datetime) and at < EARLIEST, "its time is before 2000"),
        (not amount, "it has no value; write 0 where it is worth nothing"),
        (not AMOUNT.fullmatch(amount), "its value is no amount; write 1234.56, or -40.00 for a refund"),
        (not re.fullmatch("[A-Z]{3}", currency), "its currency is none; write three letters, such as GBP"),
        (len(order) > LONGEST_ORDER, f"its order has more than {LONGEST_ORDER} characters"),
        (kind and kind not in kinds, f"there is no kind “{kind[:40]}”; there are: {', '.join(kinds)[:200]}"),
    ):
        if is_wrong:
            return Told(number, shown(who or ",".join(cells.values())), refused=why)
    said = at.isoformat() if isinstance(at, datetime) else ""
    return Told(number, who, said, str(Decimal(amount)), currency, order, kind)


def who_of(cells: Mapping[str, str]) -> str:
    """Whose it is: a customer's id, or kind:value; "" where it does not say."""
    name = next((name for name in WHO if cells.get(name)), "")
    return f"{name}:{cells[name]}" if name in ("email", "phone", "order") else cells.get(name, "")
