"""Reading a spreadsheet of consents: bytes, or what was pasted, as lines that each name a customer and a consent. Pure.

Each line stands for itself: one that cannot be read is refused with its reason, and takes no other line with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from crm.batches.reading import DELIMITERS, LONGEST, MOST_LINES, Told, cells_of, shown, text_of, unreadable
from crm.errors import BatchRefused

NEEDED, MORE = ("customer", "purpose", "state"), ("channel", "at", "evidence")
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
    lines = text_of(content).split("\n")
    delimiter = max(DELIMITERS, key=lines[0].count)
    header = [cell.strip().casefold().replace(" ", "_") for cell in cells_of(lines[0], delimiter) or []]
    if not all(header.count(column) == 1 for column in NEEDED):
        raise BatchRefused(f"{HEADER}; this file has: {', '.join(map(shown, header))[:200] or 'nothing in it'}")
    if len(lines) > MOST_LINES + 1:
        raise BatchRefused(f"the file has {len(lines) - 1:,} lines; split it into files of at most {MOST_LINES:,}")
    told = list(lines_of(lines, delimiter, header, purposes, now))
    if not told:
        raise BatchRefused("the file has a header and no lines below it")
    return told


def lines_of(
    lines: Sequence[str], delimiter: str, header: Sequence[str], purposes: Sequence[str], now: datetime
) -> Iterator[Told]:
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = cells_of(line, delimiter)
        why = unreadable(line, cells, len(header))
        if why or cells is None:
            yield Told(number, shown(line), refused=why)
        else:
            told = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name in NEEDED + MORE}
            yield line_of(number, told, purposes, now)


def line_of(number: int, told: Mapping[str, str], purposes: Sequence[str], now: datetime) -> Told:
    said = read_line(told, purposes, now)
    if isinstance(said, str):
        return Told(number, shown(told["customer"]), refused=said)
    return Told(number, told["customer"], str(said)[:LONGEST])


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
    except ValueError:
        return ""
    if len(text) == len("2026-11-27"):
        found = datetime.combine(found, time())
    return found if found.tzinfo else found.replace(tzinfo=UTC)
