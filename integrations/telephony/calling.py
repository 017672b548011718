"""From what a phone system says to the parts of a call. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from integrations.adapter import SourceFacts
from integrations.errors import Unreadable
from journeys.calls.telling import Progress, Told, line_of
from journeys.interactions.drafts import Channel, Direction, Draft, Seen

Said = Mapping[str, Any]

TITLES = {Direction.IN: "Call in", Direction.OUT: "Call out"}
EARLIEST, AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=1)
CLOCK = "%Y-%m-%dT%H:%M:%S%z"
MAX_SHOWN, MAX_URL, MAX_SEGMENTS = 200, 1_000, 5_000
STATUSES = {"ringing": "ringing", "answered": "in-progress"}
OUTCOMES = {"answered": "completed", "missed": "no-answer", "failed": "failed", "voicemail": "completed"}


def word(said: Said, name: str, longest: int = MAX_SHOWN) -> str:
    """A field as text, cut to a length; "" where it is missing or no scalar."""
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("\x00", "").strip()[:longest]


def seconds(said: Said, name: str) -> float | None:
    """A number of seconds, or none that can be."""
    value = said.get(name)
    try:
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except ValueError:
        return None
    return found if 0 <= found < 10_000_000 else None


def moment(said: Said, received: str) -> datetime:
    """When it happened: `at`, in ISO 8601 or seconds since 1970, unless that cannot be; else when it came."""
    came = datetime.fromisoformat(received)
    value = said.get("at")
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, UTC)
        else:
            found = datetime.fromisoformat(str(value).strip())
    except (ValueError, OverflowError, OSError):
        return came
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if EARLIEST < found < came + AHEAD else came


def is_outgoing(said: Said) -> bool:
    return word(said, "direction").casefold() in ("out", "outbound", "outgoing")


def told(said: Said, progress: Progress, at: datetime, source: SourceFacts) -> Told:
    """What is told of an incoming call."""
    caller, line = line_of(word(said, "from", 2_000), source.country)
    _, dialled = line_of(word(said, "to", 2_000), source.country)
    return Told(
        call_id=said["call_id"],
        progress=progress,
        at=at,
        caller=caller,
        line=line,
        dialled=dialled,
        agent=word(said, "agent"),
        queue=word(said, "queue", 60),
    )


def draft(said: Said, at: datetime, source: SourceFacts) -> Draft:
    """The part of a call that an event tells of. Raises Unreadable for a recording without an address, and the like."""
    event = str(said["event"])
    if event == "recording":
        return part(said, at, *recording(said))
    if event == "transcript":
        return part(said, at, *transcript(said))
    way = Direction.OUT if is_outgoing(said) else Direction.IN
    made = part(said, at, part_name(said), progress(said, at, way, source))
    made.direction, made.title = way, TITLES[way]
    made.identifiers = customer(said, way, source)
    return made


def part(said: Said, at: datetime, name: str, data: dict[str, Any], body: str = "") -> Draft:
    return Draft(
        key=said["call_id"],
        channel=Channel.CALL,
        kind="call",
        occurred_at=at,
        data=data,
        body=body,
        part=name[:60],
    )


def part_name(said: Said) -> str:
    """What this part is called; a call that is offered to another agent rings anew."""
    agent = word(said, "agent", 40) if said["event"] == "ringing" else ""
    return f"{said['event']}:{agent}" if agent else str(said["event"])


def customer(said: Said, way: Direction, source: SourceFacts) -> tuple[Seen, ...]:
    """Whom a call is with; one without a number stands for this call only."""
    written = word(said, "from" if way == Direction.IN else "to", 2_000)
    if not written and said["event"] != "ringing":
        return ()
    _, line = line_of(written, source.country)
    return (Seen("phone", line),) if line else (Seen("once", said["call_id"]),)


def progress(said: Said, at: datetime, way: Direction, source: SourceFacts) -> dict[str, Any]:
    """How far a call is."""
    named = {"from": "from", "to": "to", "agent": "agent", "queue": "queue"}
    data: dict[str, Any] = {shown: found for name, shown in named.items() if (found := word(said, name))}
    if way == Direction.IN and data.get("to"):
        _, number = line_of(data["to"], source.country)
        data["dialled"] = number or data["to"]
    when = {"ringing": "started_at", "answered": "answered_at", "ended": "ended_at"}[str(said["event"])]
    return data | {when: at.strftime(CLOCK)} | ending(said)


def ending(said: Said) -> dict[str, Any]:
    """The status, and of a call that ended how it went: by its outcome, else by the seconds that were talked."""
    event, outcome = str(said["event"]), word(said, "outcome").casefold()
    if event != "ended":
        return {"status": STATUSES[event]} | ({"answered": True} if event == "answered" else {})
    talked = seconds(said, "duration")
    told: dict[str, Any] = {} if talked is None else {"duration": int(talked)}
    if outcome == "voicemail":
        told["voicemail"] = True
    missed = talked == 0 and outcome not in OUTCOMES
    return told | {"status": "no-answer" if missed else OUTCOMES.get(outcome, "completed")}


def recording(said: Said) -> tuple[str, dict[str, Any]]:
    """(the part's name, its data) of a recording that can be fetched."""
    url = word(said, "url", MAX_URL)
    if not url:
        raise Unreadable("telephony: a recording needs its url")
    sid = word(said, "recording_id", 60) or blake2b(url.encode(), digest_size=10).hexdigest()
    length = seconds(said, "duration")
    one = {"sid": sid, "url": url} | ({} if length is None else {"duration": int(length)})
    return f"recording:{sid}", {"recordings": [one]}


def transcript(said: Said) -> tuple[str, dict[str, Any], str]:
    """(the part's name, its data, its text) of what was said."""
    found = list(segments(said))
    text = said.get("text") if isinstance(said.get("text"), str) else ""
    body = "\n".join(f"{one['speaker']}: {one['text']}" if one["speaker"] else one["text"] for one in found) or text
    if not body:
        raise Unreadable("telephony: a transcript needs its text, or segments with text")
    name = f"transcript:{word(said, 'transcript_id', 40)}".rstrip(":")
    return name, ({"transcript": {"segments": found}} if found else {}), str(body).replace("\x00", "")


def segments(said: Said) -> Iterator[dict[str, Any]]:
    """Who said what and when, in seconds from the recording's beginning, in the order of time."""
    listed = said.get("segments")
    told = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    for one in sorted(told[:MAX_SEGMENTS], key=lambda one: seconds(one, "start") or 0.0):
        if text := word(one, "text", 4_000):
            start, end = seconds(one, "start") or 0.0, seconds(one, "end") or 0.0
            yield {"speaker": word(one, "speaker", 60), "start": start, "end": max(start, end), "text": text}
