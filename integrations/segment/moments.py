"""When an event happened: the sender's time, less what the sender's clock is wrong by. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from integrations.errors import Unreadable

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)  # for an event that does not say when it was received
AHEAD = timedelta(days=1)  # how far in the future an event may lie, for clocks and zones that are wrong
NETWORK = timedelta(minutes=1)  # a difference below this is the way here, not the clock
DELAY = timedelta(days=1)  # a batch sent longer ago than this waited somewhere; its clock may well be right
MILLISECONDS = 100_000_000_000  # epoch numbers above this are milliseconds


def occurred_at(event: Mapping[str, Any]) -> datetime:
    """When an event happened, in UTC. Raises Unreadable for what is no date, or an absurd one.

    As the tracking API documents: timestamp = receivedAt - (sentAt - originalTimestamp). An event that has both
    `originalTimestamp` and `timestamp` was corrected before.
    """
    received = moment(event, "receivedAt")
    said = moment(event, "timestamp")
    if said is None or not event.get("originalTimestamp"):
        said = said or moment(event, "originalTimestamp") or received
        said = corrected(said, event, received) if said and received else said
    if said is None:
        raise Unreadable("segment: the event has no timestamp")
    if said < EARLIEST or said > (received + AHEAD if received else LATEST):
        raise Unreadable(f"segment: the timestamp {said:%Y-%m-%d} cannot be; check the sender's clock")
    return said


def corrected(said: datetime, event: Mapping[str, Any], received: datetime) -> datetime:
    """A sender's time, moved by how wrong the sender's clock was when it sent."""
    if not event.get("sentAt"):
        return said
    sent = moment(event, "sentAt")
    wrong_by = received - sent if sent else timedelta()
    if abs(wrong_by) < NETWORK or (wrong_by > DELAY and said >= EARLIEST):
        return said
    try:
        return said + wrong_by
    except OverflowError:
        return said


def moment(event: Mapping[str, Any], name: str) -> datetime | None:
    """A field as a time in UTC; without a zone it is taken as UTC, a number as seconds or milliseconds since 1970.

    None when the field is missing or null. Raises Unreadable when it is no date.
    """
    value = event.get(name)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            return of_text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) > MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise Unreadable(f"segment: {name} is not a date: {ascii(value)[:60]}; send ISO 8601, such as 2026-01-31T12:00:00Z")


@lru_cache(maxsize=1_000)
def of_text(value: str) -> datetime:
    """An ISO date and time in UTC; remembered, for a batch says the same of all its events."""
    return in_utc(datetime.fromisoformat(value.strip()))


def in_utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
