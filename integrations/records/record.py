"""One record as a source sends it: an id, the ways to reach somebody, and traits. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from crm.identity.kinds import Kind
from crm.identity.normalise import normalise
from crm.profile.asserting import MAX_VALUE
from integrations.adapter import Event, SourceFacts
from integrations.errors import Unreadable
from journeys.interactions.drafts import Channel, Draft, Seen
from journeys.interactions.plain import plain_text

CONTACTS = ("email", "phone", "login")
KEYS = frozenset({"id", "at", "verified", "traits", *CONTACTS})
MAX_ID, MAX_NAME, MAX_TRAITS, MAX_CONTACTS = 320, 60, 200, 20
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    """A record that can be understood. contacts: (kind, value). verified: the traits that the source has checked."""

    id: str
    at: datetime | None
    contacts: tuple[tuple[str, str], ...]
    traits: dict[str, str]
    verified: frozenset[str]


def read_record(told: Any) -> Record:
    """The record in a JSON value. Raises Unreadable with the remedy."""
    if not isinstance(told, dict):
        raise Unreadable("records: a record is a JSON object")
    if unknown := sorted(told.keys() - KEYS):
        raise Unreadable(f"records: {str(unknown[0])[:60]} is not known here; put it into traits")
    number = word(told.get("id"), "id")
    if not number or len(number) > MAX_ID or normalise(Kind.RECORD, number, "", "GB") is None:
        raise Unreadable("records: the id is missing, or a placeholder that names nobody")
    traits = dict(read_traits(told.get("traits") or {}))
    checked = told.get("verified") or []
    if not isinstance(checked, list) or not {*map(str, checked)} <= traits.keys():
        raise Unreadable("records: verified is a list of names that are among the traits")
    contacts = tuple((kind, value) for kind in CONTACTS for value in several(told.get(kind), kind))
    return Record(number, moment(told.get("at")), contacts, traits, frozenset(map(str, checked)))


def read_traits(told: Any) -> Iterator[tuple[str, str]]:
    """Names and values; what says nothing is left out."""
    if not isinstance(told, dict) or len(told) > MAX_TRAITS:
        raise Unreadable(f"records: traits is a JSON object of at most {MAX_TRAITS} names")
    for name, value in told.items():
        said = word(value, name)
        if not name or len(name) > MAX_NAME:
            raise Unreadable(f"records: the trait {name[:60]!r} needs a name of 1 to {MAX_NAME} characters")
        if len(said) > MAX_VALUE:
            raise Unreadable(f"records: {name} is over {MAX_VALUE} characters")
        if said:
            yield name, said


def word(value: Any, name: str) -> str:
    """A JSON scalar as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return plain_text(str(value)).strip()
    raise Unreadable(f"records: {name[:60]} is neither text nor a number")


def several(value: Any, name: str) -> list[str]:
    """One value, or a list of them."""
    found = [word(one, name) for one in (value if isinstance(value, list) else [value])]
    if len(found) > MAX_CONTACTS or any(len(one) > MAX_ID for one in found):
        raise Unreadable(f"records: {name} has too many values, or one that is too long")
    return [one for one in found if one]


def moment(value: Any) -> datetime | None:
    """When the record was last changed, where it says so."""
    said = word(value, "at")
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f"records: at is {said[:40]!r}; write it as 2026-11-22T09:30:00Z") from None
    if at < EARLIEST:
        raise Unreadable(f"records: at is {said[:40]!r}, which cannot be")
    return at


def event_of(told: Any, received_at: datetime) -> Event:
    """The event of one record. The same record has the same key, whenever it comes."""
    body = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    reason = ""
    try:
        read_record(told)
    except Unreadable as error:
        reason = str(error)
    return Event("sha256:" + hashlib.sha256(body).hexdigest(), received_at.isoformat(), body, reason)


def draft_of(event: Event, source: SourceFacts) -> Draft:
    """The draft of one record. Raises Unreadable."""
    try:
        record = read_record(orjson.loads(event.body))
        received_at = datetime.fromisoformat(event.kind)
    except ValueError as error:
        raise Unreadable(f"records: this is no record ({str(error)[:100]})") from None
    usable, off = sorted_out(record.contacts, source.country)
    return Draft(
        key=event.key, channel=Channel.WEB, kind="record", occurred_at=min(record.at or received_at, received_at),
        identifiers=(Seen(Kind.RECORD.value, record.id), *usable), traits={**off, **record.traits},
        is_record=True, verified_traits=record.verified,
    )  # fmt: skip


def sorted_out(contacts: Sequence[tuple[str, str]], country: str) -> tuple[list[Seen], Mapping[str, str]]:
    """The ways to reach somebody as identifiers; the first that is none of its kind is kept as a trait, as said."""
    usable, off = [], dict[str, str]()
    for kind, value in contacts:
        if normalise(kind, value, "", country):
            usable.append(Seen(kind, value))
        else:
            off.setdefault(kind, value)
    return usable, off
