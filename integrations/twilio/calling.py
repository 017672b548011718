"""From Twilio's parameters to the parts of a call. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from crm.identity.normalise import phone
from integrations.adapter import SourceFacts
from journeys.interactions.drafts import Channel, Direction, Draft, Seen

Params = Mapping[str, str]

ANSWERED = frozenset({"in-progress", "answered", "completed"})
ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
STARTED = frozenset({"queued", "initiated", "ringing"})
TITLES = {Direction.IN: "Call in", Direction.OUT: "Call out"}
TRACKS = {"inbound_track": "Caller", "outbound_track": "Agent"}
SHOWN = {
    "From": "from", "To": "to", "CallStatus": "status", "CallerName": "caller_name", "ForwardedFrom": "forwarded_from",
    "ParentCallSid": "parent_call", "AnsweredBy": "answered_by", "SipResponseCode": "sip_response",
    "StirVerstat": "caller_verified", "ErrorCode": "error",
}  # fmt: skip
MAX_SHOWN = 200
CLOCK = "%Y-%m-%dT%H:%M:%S%z"


def drafts(params: Params, received: datetime, source: SourceFacts) -> list[Draft]:
    """The parts of a call that one callback tells of; none for half a sentence, which comes again when it is whole."""
    if params.get("TranscriptionEvent"):
        return list(utterances(params, received))
    if "TranscriptionText" in params or "TranscriptionSid" in params:
        return [transcript(params, received)]
    if params.get("RecordingStatus") and "CallStatus" not in params:
        return list(recordings(params, received))
    if is_leg(params, source):
        return [leg(params, received)]
    return [progress(params, received, source), *recordings(params, received)]


# Who, and which way


def direction(params: Params) -> Direction:
    return Direction.OUT if params.get("Direction", "").startswith("outbound") else Direction.IN


def party(params: Params) -> str:
    """The customer's side of a call, as Twilio writes it: a number, or an address such as sip:... or client:..."""
    if direction(params) == Direction.IN:
        return params.get("From") or params.get("Caller", "")
    return params.get("To") or params.get("Called", "")


def number(address: str, source: SourceFacts) -> str:
    """The number in an address, or "" when it is withheld, too short, or none."""
    return "" if address.startswith("client:") else phone(address, source.country) or ""


def is_leg(params: Params, source: SourceFacts) -> bool:
    """Whether this is our own end of another call: a softphone, or the phone of an agent."""
    if not params.get("ParentCallSid"):
        return False
    dialled = number(party(params), source)
    return not dialled or dialled in agents(source)


def agents(source: SourceFacts) -> set[str]:
    """The numbers of agents' phones, in the source's settings."""
    listed = source.settings.get("agent_numbers")
    found = (phone(str(value), source.country) for value in listed) if isinstance(listed, list) else ()
    return {value for value in found if value}


def customer(params: Params, source: SourceFacts) -> tuple[Seen, ...]:
    """Whom a call is with; a withheld number stands for this one call only."""
    if found := number(party(params), source):
        return (Seen("phone", found),)
    return (Seen("once", params["CallSid"]),)


# The parts


def progress(params: Params, received: datetime, source: SourceFacts) -> Draft:
    """A call as it stands: ringing, answered, ended, and how a <Dial> inside it went."""
    at = happened_at(params, received)
    way = direction(params)
    data = shown(params) | times(params, at) | place(params, "From" if way == Direction.IN else "To")
    if way == Direction.IN and (dialled := params.get("To") or params.get("Called")):
        data["dialled"] = dialled[:MAX_SHOWN]
    if answer := params.get("DialCallStatus"):
        data["answered"] = answer in ANSWERED
    if is_voicemail(params):
        data["voicemail"] = True
    return Draft(
        key=params["CallSid"], channel=Channel.CALL, kind="call", occurred_at=at, direction=way, title=TITLES[way],
        identifiers=customer(params, source), data=data, part=part_name(params),
    )  # fmt: skip


def part_name(params: Params) -> str:
    """What this part of the call is called; two callbacks that say the same have the same."""
    name = params.get("CallStatus") or "call"
    if params.get("DialCallStatus"):
        name = f"dial:{params.get('DialCallSid') or params['DialCallStatus']}"
    elif params.get("RecordingSid") and not is_callback(params):
        name = f"recorded:{params['RecordingSid']}"
    elif params.get("AnsweredBy") and not is_callback(params):
        name = "answered-by"
    return ":".join(filter(None, (name, params.get("SequenceNumber"))))[:60]


def is_callback(params: Params) -> bool:
    """Whether this is a status callback, and not a question what to do next."""
    return bool(params.get("CallbackSource") or params.get("SequenceNumber") or params.get("CallDuration"))


def is_voicemail(params: Params) -> bool:
    """Whether a <Record> took the caller's message: its own request, or its recording's callback, says so."""
    if params.get("RecordingSource"):
        return params["RecordingSource"] == "RecordVerb"
    return bool(params.get("RecordingUrl")) and not is_callback(params) and not params.get("DialCallStatus")


def times(params: Params, at: datetime) -> dict[str, Any]:
    """When the call started, was answered, ended, and its seconds, as far as this part knows."""
    status = params.get("CallStatus", "")
    found: dict[str, Any] = {}
    if (seconds := whole(params.get("CallDuration"))) is not None:
        found["duration"] = seconds
    for name, statuses in (("started_at", STARTED), ("ended_at", ENDED)):
        if status in statuses:
            found[name] = at.strftime(CLOCK)
    if status in ("in-progress", "answered"):
        found["answered_at"] = at.strftime(CLOCK)
    return found


def place(params: Params, side: str) -> dict[str, str]:
    """Where the customer's number is registered."""
    named = {"city": params.get(f"{side}City", ""), "country": params.get(f"{side}Country", "")}
    return {name: value[:80] for name, value in named.items() if value}


def shown(params: Params) -> dict[str, Any]:
    return {name: params[field][:MAX_SHOWN] for field, name in SHOWN.items() if params.get(field)}


def leg(params: Params, received: datetime) -> Draft:
    """Our own end of a call: it tells whether the customer's call was answered by anyone."""
    at = happened_at(params, received)
    status = params.get("CallStatus", "")
    data: dict[str, Any] = {"answered": status in ANSWERED}
    if status in ("in-progress", "answered"):
        data["agent"] = (params.get("To") or params.get("Called", ""))[:MAX_SHOWN]
    name = f"leg:{params['CallSid']}:{status}"
    return part(params["ParentCallSid"], name, at, data)


def recordings(params: Params, received: datetime) -> Iterator[Draft]:
    """The recording that a callback tells of, once it can be heard; the same however many callbacks tell of it."""
    sid, url = params.get("RecordingSid", ""), params.get("RecordingUrl", "")
    if not sid or params.get("RecordingStatus", "completed") != "completed":
        return
    recording: dict[str, Any] = {"sid": sid, "url": url[:1000]}
    if (seconds := whole(params.get("RecordingDuration"))) is not None:
        recording["duration"] = seconds
    data: dict[str, Any] = {"recordings": [recording]}
    if is_voicemail(params):
        data["voicemail"] = True
    started = moment(params.get("RecordingStartTime", ""))
    yield part(params["CallSid"], f"recording:{sid}", started or happened_at(params, received), data)


def transcript(params: Params, received: datetime) -> Draft:
    """The text of a recording."""
    text = params.get("TranscriptionText", "") if params.get("TranscriptionStatus") != "failed" else ""
    name = f"transcription:{params.get('TranscriptionSid') or params.get('RecordingSid', '')}"
    return part(params["CallSid"], name, happened_at(params, received), {}, text)


def utterances(params: Params, received: datetime) -> Iterator[Draft]:
    """One whole utterance of a live transcription; the start, the end and half sentences say nothing."""
    if params["TranscriptionEvent"] != "transcription-content" or params.get("Final", "true").lower() != "true":
        return
    try:
        said = orjson.loads(params.get("TranscriptionData", ""))
    except orjson.JSONDecodeError:
        return
    text = str(said.get("transcript") or "") if isinstance(said, dict) else ""
    who = TRACKS.get(params.get("Track", ""), "")
    name = f"said:{params.get('TranscriptionSid', '')[:40]}:{params.get('SequenceId', '')[:12]}"
    if text:
        yield part(params["CallSid"], name, happened_at(params, received), {}, f"{who}: {text}" if who else text)


def part(key: str, name: str, at: datetime, data: Mapping[str, Any], body: str = "") -> Draft:
    """A part that says nothing of whom the call is with."""
    return Draft(
        key=key, channel=Channel.CALL, kind="call", occurred_at=at, data=data, body=body.replace("\x00", ""),
        part=name[:60],
    )  # fmt: skip


# Times and numbers


def happened_at(params: Params, received: datetime) -> datetime:
    """When a callback's news happened; the first question of a call carries no time, so it is when it came."""
    return moment(params.get("Timestamp", "")) or received


def moment(value: str) -> datetime | None:
    """A time as Twilio writes it, RFC 2822 or ISO 8601; None when it is neither."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def whole(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 9 else None
