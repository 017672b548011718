"""Reading a spreadsheet of consents: lines that each name a customer and a consent. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from crm.batches.reading import Told
from crm.batches.sheets import LONGEST, Row, sheet_of, shown

NEEDED = ("customer", "purpose", "state")
CHANNELS = ("", "email", "sms", "call", "social", "web")
STATES = ("given", "withdrawn")
HEADER = "the first line names the columns: customer,purpose,state,channel,at,evidence (the last three may be left out)"


@dataclass(frozen=True, slots=True)
class Said:
    """A consent as a line says it. at: None where it does not say (taken back: now)."""

    purpose: str
    state: str
    channel: str
    at: datetime | None
    evidence: str

    def __str__(self) -> str:
        when = self.at.isoformat() if self.at else ""
        return "|".join((self.purpose, self.state, self.channel, when, self.evidence))


def said_of(text: str) -> Said:
    """What `str` of it was."""
    purpose, state, channel, when, evidence = text.split("|", 4)
    return Said(purpose, state, channel, datetime.fromisoformat(when) if when else None, evidence)


def read_consents(content: bytes, purposes: Sequence[str], now: datetime) -> list[Told]:
    """The lines of a file: `a` names the customer, `b` is what they said. Raises BatchRefused when none can be."""
    return [line_of(row, purposes, now) for row in sheet_of(content, HEADER, NEEDED).rows()]


def line_of(row: Row, purposes: Sequence[str], now: datetime) -> Told:
    if row.refused:
        return Told(row.number, row.line, refused=row.refused)
    said = read_line(row.cells, purposes, now)
    if isinstance(said, str):
        return Told(row.number, shown(row.cells["customer"]), refused=said)
    return Told(row.number, row.cells["customer"], str(said)[:LONGEST])


def read_line(told: Mapping[str, str], purposes: Sequence[str], now: datetime) -> Said | str:
    """What a line says, or why it cannot be taken."""
    purpose, state, channel = (told.get(name, "").casefold() for name in ("purpose", "state", "channel"))
    at = moment(told.get("at", ""))
    for is_wrong, why in (
        (not told["customer"], "it names no customer"),
        (purpose not in purposes, f"there is no purpose “{purpose[:40]}”; there are: {', '.join(purposes)}"),
        (state not in STATES, "its state is neither given nor withdrawn"),
        (channel not in CHANNELS, f"its channel is none of {', '.join(CHANNELS[1:])}, nor empty for every one"),
        (at == "", "its time cannot be read; write 2026-11-27, or 2026-11-27T14:05:00Z"),
        (isinstance(at, datetime) and at > now, "its time is yet to come"),
        (at is None and state == "given", "it does not say when that was given (the column at)"),
    ):
        if is_wrong:
            return why
    return Said(purpose, state, channel, at if isinstance(at, datetime) else None, told.get("evidence", "")[:200])


def moment(text: str) -> "datetime | str | None":
    """A time; a day is its beginning, in UTC. None where there is none, "" where it cannot be read."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        if len(text) == len("2026-11-27"):
            found = datetime.combine(found, time())
        # in UTC, for PostgreSQL takes no zone that is further from it than any on earth
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return ""
