"""Any phone system: one small signed JSON webhook for what happens to a call, answered with where it goes."""

from hashlib import blake2b
from typing import Any

import orjson

from integrations.adapter import Answer, Event, Request, SourceFacts
from integrations.errors import Rejected, Unreadable
from integrations.telephony import calling
from integrations.telephony.signing import check
from journeys.calls.ringing import Route
from journeys.calls.telling import Progress, Told
from journeys.interactions.drafts import Channel, Draft
from journeys.interactions.redacting import redact, without_secrets

PROGRESS = {"ringing": Progress.RINGING, "answered": Progress.ANSWERED, "ended": Progress.ENDED}
EVENTS = (*PROGRESS, "recording", "transcript")


class Telephony:
    """Calls, as Asterisk, Kamailio, FreeSWITCH or any other phone system tells of them. Signed, so it is verified."""

    name = "telephony"
    channel = Channel.CALL.value
    is_trusted = True
    max_body = 2 * 1024 * 1024  # transcripts
    cors = False
    settings = ()

    def verify(self, request: Request, source: SourceFacts) -> None:
        if request.method != "POST":
            raise Rejected("telephony: only POST is taken", 405)
        check(request, source)

    def split(self, request: Request, source: SourceFacts) -> list[Event]:
        """One request tells of one thing."""
        said = read(request.body)
        digest = blake2b(request.body, digest_size=12).hexdigest()
        key = f"{said['event']}:{digest}:{said['call_id']}"[:200]
        return [Event(key, f"json {request.received_at.isoformat()}", fit_to_keep(said, request.body))]

    def parse(self, event: Event, source: SourceFacts) -> list[Draft]:
        try:
            said = read(event.body)
            return [calling.draft(said, calling.moment(said, event.kind.partition(" ")[2]), source)]
        except (Rejected, ValueError) as error:
            raise Unreadable(f"telephony: the event cannot be read: {error}") from None

    def answer(self, request: Request, source: SourceFacts) -> Answer:
        return Answer()

    def told(self, request: Request, source: SourceFacts) -> Told | None:
        """That a call rings, was answered, or ended."""
        said = read(request.body)
        progress = PROGRESS.get(said["event"])
        if progress is None or calling.is_outgoing(said):
            return None
        return calling.told(said, progress, calling.moment(said, request.received_at.isoformat()), source)

    def answer_call(self, route: Route, request: Request, source: SourceFacts) -> Answer:
        """Where the call goes."""
        named = ("queue", "agent", "reason", "customer", "confidence", "timeout")
        said = {name: getattr(route, name) for name in named} | {"next_queue": route.next_queue or None}
        return Answer(body=orjson.dumps(said))


def fit_to_keep(said: dict[str, Any], body: bytes) -> bytes:
    """The request as it may be kept: without card numbers and the like in what was said."""
    text, segments = said.get("text"), said.get("segments")
    changed: dict[str, Any] = {"text": redact(text)} if isinstance(text, str) else {}
    if isinstance(segments, list):
        changed["segments"] = without_secrets(segments)
    is_same = all(said.get(name) == value for name, value in changed.items())
    return body if is_same else orjson.dumps(said | changed)


def read(body: bytes) -> dict[str, Any]:
    """A request's body. Raises Rejected (400) when it tells of no call."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Rejected("telephony: the body is not JSON") from None
    if not isinstance(said, dict) or said.get("event") not in EVENTS:
        raise Rejected(f"telephony: event is not one of {', '.join(EVENTS)}")
    call_id = said.get("call_id")
    if isinstance(call_id, int) and not isinstance(call_id, bool):
        call_id = str(call_id)
    if not isinstance(call_id, str) or not 0 < len(call_id.strip()) <= 200:
        raise Rejected("telephony: call_id is missing, or longer than 200 characters")
    return said | {"call_id": call_id.replace("\x00", "").strip()}
