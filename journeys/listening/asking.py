"""What a request asks of the calls, and the address that asks the same again."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from journeys.listening.finding import MOODS, Asked

OUTCOMES = {"answered": "Answered", "missed": "Missed", "voicemail": "Voicemail", "failed": "Failed"}
LONGEST = 100  # characters


def asked(query: Mapping[str, Any]) -> Asked:
    """The filters of an address; what cannot be is left out."""
    return Asked(
        words=text(query, "q"),
        since=day(query, "since"),
        until=day(query, "until"),
        agent=text(query, "agent"),
        queue=text(query, "queue"),
        mood=one_of(query, "mood", MOODS),
        outcome=one_of(query, "outcome", OUTCOMES),
        is_recorded=text(query, "recorded") == "1",
        before=place(text(query, "before")),
    )


def text(query: Mapping[str, Any], name: str) -> str:
    return str(query.get(name) or "").replace("\0", "").strip()[:LONGEST]


def one_of(query: Mapping[str, Any], name: str, known: Mapping[str, object]) -> str:
    value = text(query, name)
    return value if value in known else ""


def day(query: Mapping[str, Any], name: str) -> date | None:
    try:
        found = date.fromisoformat(text(query, name))
    except ValueError:
        return None
    return found if 1970 <= found.year < 9999 else None


def token(place: tuple[datetime, int]) -> str:
    """A place as it stands in an address."""
    return f"{int(place[0].timestamp() * 1_000_000)}.{place[1]}"


def place(value: str) -> tuple[datetime, int] | None:
    at, _, number = value.partition(".")
    if not (at.isascii() and at.isdigit() and number.isascii() and number.isdigit() and len(value) < 36):
        return None
    try:
        return datetime.fromtimestamp(int(at) / 1_000_000, UTC), min(int(number), 2**63 - 1)
    except (ValueError, OverflowError, OSError):
        return None


def words_of(wanted: Asked) -> dict[str, str]:
    """The filters in the words of an address, without those that ask nothing."""
    told = {
        "q": wanted.words, "since": wanted.since and wanted.since.isoformat(), "agent": wanted.agent,
        "until": wanted.until and wanted.until.isoformat(), "queue": wanted.queue, "mood": wanted.mood,
        "outcome": wanted.outcome, "recorded": "1" if wanted.is_recorded else "",
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def following(wanted: Asked, start: tuple[datetime, int]) -> str:
    return urlencode(words_of(wanted) | {"before": token(start)})
