"""Reading what campaigns cost, a day a line. Pure. Whatever cannot be read exactly is refused, with the remedy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.batches.sheets import Row, sheet_of
from journeys.attribution.tabulating import NONE, name_of

NEEDED = (("day", "campaign", "cost", "currency"), ("day", "source", "cost", "currency"))
HEADER = (
    "the first line names the columns: day, campaign (or source, and medium), cost, currency; clicks, impressions"
    " and brand may follow"
)
AMOUNT = re.compile(r"\d{1,10}(\.\d{1,2})?")
COUNT = re.compile(r"\d{1,9}")
CURRENCY = re.compile(r"[A-Z]{3}")
FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Told:
    """A line. refused: why it cannot be taken."""

    number: int
    day: date = date.min
    dimension: str = ""
    name: str = ""
    currency: str = ""
    cost: Decimal = Decimal(0)
    clicks: int = 0
    impressions: int = 0
    brand: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Brands:
    """Whose costs may be told. words: of the brands that may be named; unsaid: whose a line is that names none; None:
    each has to name one.
    """

    words: Sequence[str] = ()
    unsaid: str | None = ""


NO_BRANDS = Brands()
Key = tuple[date, str, str, str, str]


def read_costs(content: bytes, today: date, brands: Brands = NO_BRANDS) -> list[Told]:
    """The lines of a file. Raises BatchRefused when none can be taken."""
    seen = dict[Key, int]()
    return [once(line_of(row, today, brands), seen) for row in sheet_of(content, HEADER, *NEEDED).rows()]


def once(line: Told, seen: dict[Key, int]) -> Told:
    """A line, refused where one above is of the same."""
    key = (line.day, line.dimension, line.name, line.currency, line.brand)
    if line.refused or seen.setdefault(key, line.number) == line.number:
        return line
    return Told(line.number, refused=f"line {seen[key]} is of the same day, name and currency; add them up")


def line_of(row: Row, today: date, brands: Brands) -> Told:
    if why := row.refused or wrong_with(row.cells, today) or wrong_brand(brand_of(row.cells), brands):
        return Told(row.number, refused=why)
    cells = row.cells
    dimension = "campaign" if "campaign" in cells else "source"
    name = cells["campaign"] if "campaign" in cells else f"{cells['source'] or NONE} / {cells.get('medium') or NONE}"
    return Told(
        row.number, date.fromisoformat(cells["day"]), dimension, name_of(name), cells["currency"].upper(),
        Decimal(cells["cost"]), int(cells.get("clicks") or 0), int(cells.get("impressions") or 0),
        brand_of(cells) or brands.unsaid or "",
    )  # fmt: skip


def brand_of(cells: dict[str, str]) -> str:
    return cells.get("brand", "").lower()


def wrong_brand(word: str, brands: Brands) -> str:
    """Why a line cannot be of a brand, or ""."""
    known = ", ".join(brands.words)
    if word in brands.words or (not word and brands.unsaid is not None):
        return ""
    if not brands.words and brands.unsaid is None:
        return "costs are told by brand here, and none is yours; ask an admin for one"
    if not brands.words:
        return "it names a brand, and there are none; leave the column out"
    return f"“{word[:40]}” is no brand of yours; give one of {known}" if word else f"name its brand: one of {known}"


def wrong_with(cells: dict[str, str], today: date) -> str:
    """Why a line cannot be taken, or ""."""
    name = cells.get("campaign", cells.get("source", ""))
    counts = [cells.get("clicks") or "0", cells.get("impressions") or "0"]
    checks = (
        (not is_day(cells["day"]), f"day is “{cells['day'][:40]}”; give one such as 2026-11-27"),
        (is_day(cells["day"]) and date.fromisoformat(cells["day"]) > today, "its day is yet to come"),
        (not name, "it names nothing; give the campaign, or the source"),
        (name.startswith(FORMULA), f"“{name[:40]}” is a formula, or begins as one; save the values themselves"),
        (not AMOUNT.fullmatch(cells["cost"]), f"cost is “{cells['cost'][:40]}”; give an amount such as 1234.50"),
        (not CURRENCY.fullmatch(cells["currency"].upper()), "currency is three letters, such as GBP"),
        (not all(map(COUNT.fullmatch, counts)), "clicks and impressions are whole numbers"),
    )
    return next((said for is_wrong, said in checks if is_wrong), "")


def is_day(text: str) -> bool:
    try:
        return len(text) == len("2026-11-27") and date.fromisoformat(text).year >= 2000
    except ValueError:
        return False
