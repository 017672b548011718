"""The columns of Explore: what each says of a row, on the page and in files. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from crm.wording import said_contact
from journeys.customers.addresses import customer_address, interaction_address
from journeys.customers.lines import line
from journeys.explore.facets import campaign_of, path_of, products_of
from journeys.interactions.models import CHANNELS, Interaction
from journeys.listening.moods import mood_word
from journeys.timeline.entries import Happened

WORDS = dict(CHANNELS)


@dataclass(frozen=True, slots=True)
class Shown:
    """An interaction as somebody may see it: veiled, where they may not know whose it is. name: of the customer."""

    said: Interaction
    customer_id: int
    public_id: UUID
    name: str
    source: str
    mood: float | None = None

    @property
    def at(self) -> datetime:
        return self.said.occurred_at

    @property
    def data(self) -> Mapping[str, Any]:
        told: Mapping[str, Any] = self.said.data
        return told

    @property
    def address(self) -> str:
        return interaction_address(self.said.pk)

    @property
    def customer_address(self) -> str:
        return customer_address(self.public_id)


class Column(NamedTuple):
    """label: its heading. say: what it says of a row. is_number: it stands to the right."""

    label: str
    say: Callable[[Shown], str]
    is_number: bool = False


def what(row: Shown) -> str:
    return line(Happened(row.said), {}).what


def worth(row: Shown) -> str:
    value = row.data.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:.2f} {row.data.get('currency') or ''}".strip()


def part(name: str) -> Callable[[Shown], str]:
    """What the campaign says under a name."""
    return lambda row: str((row.data.get("campaign") or {}).get(name) or "") if is_told(row) else ""


def is_told(row: Shown) -> bool:
    return isinstance(row.data.get("campaign"), dict)


COLUMNS: dict[str, Column] = {
    "customer": Column("Customer", lambda row: said_contact(row.name)),
    "channel": Column("Channel", lambda row: WORDS.get(row.said.channel, row.said.channel)),
    "what": Column("What happened", what),
    "source": Column("Source", lambda row: row.source),
    "campaign": Column("Campaign", lambda row: campaign_of(row.data)),
    "campaign_source": Column("Campaign source", part("source")),
    "campaign_medium": Column("Campaign medium", part("medium")),
    "page": Column("Page", lambda row: path_of(row.data)),
    "product": Column("Product", lambda row: ", ".join(filter(None, products_of(row.data)))),
    "outcome": Column("Outcome", lambda row: str(row.data.get("outcome") or "").capitalize()),
    "mood": Column("Mood", lambda row: mood_word(row.mood) if row.mood is not None else ""),
    "value": Column("Value", worth, True),
}
SHOWN = ("customer", "channel", "what", "campaign", "value")


class Cell(NamedTuple):
    """A cell of the page. address: where it leads; empty for nowhere."""

    label: str
    text: str
    is_number: bool
    address: str = ""


def cells(row: Shown, columns: Iterable[str]) -> list[Cell]:
    """What a line of the page says after its time."""
    addresses = {"customer": row.customer_address, "what": row.address}
    return [
        Cell(COLUMNS[name].label, COLUMNS[name].say(row), COLUMNS[name].is_number, addresses.get(name, ""))
        for name in columns
    ]
