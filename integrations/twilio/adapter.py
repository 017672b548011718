"""Twilio voice: incoming calls, their progress, their recordings and transcripts."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

import orjson

from integrations.adapter import Answer, Event, Request, SourceFacts
from integrations.errors import Rejected, Unreadable
from integrations.twilio import answering, calling
from integrations.twilio.settings import ROUTED, SETTINGS
from integrations.twilio.signing import check, fields, is_form
from journeys.calls.ringing import Route
from journeys.calls.telling import Told
from journeys.interactions.drafts import Channel, Draft
from journeys.interactions.redacting import redact

SID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
KEY_FIELDS = (
    "CallStatus", "DialCallStatus", "DialCallSid", "RecordingSid", "RecordingStatus", "TranscriptionSid",
    "TranscriptionStatus", "TranscriptionEvent", "SequenceId", "SequenceNumber", "AnsweredBy",
)  # fmt: skip
SAID = ("TranscriptionText", "TranscriptionData")  # what was said, in a callback
MAX_KEY = 200
NOTHING_TO_DO = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class Twilio:
    """Calls, as Twilio's webhooks tell of them. Signed, so what they say is verified."""

    name = "twilio"
    channel = Channel.CALL.value
    is_trusted = True
    max_body = 256 * 1024
    cors = False
    settings = SETTINGS

    def verify(self, request: Request, source: SourceFacts) -> None:
        if request.method != "POST":
            raise Rejected("twilio: only POST is taken; set the webhook's method to HTTP POST", 405)
        check(request, source)

    def split(self, request: Request, source: SourceFacts) -> list[Event]:
        """One event for a form; one for each of the calls' events in a JSON body (Event Streams)."""
        came = request.received_at.astimezone(UTC).isoformat()
        if is_form(request.headers):
            return [Event(key_of(form(request.body)), f"form {came}", fit_to_keep(request.body))]
        items = [without_secrets(item) for item in json_items(request.body)]
        if len(items) == 1:
            key_of(as_text(items[0]))
        return [json_event(item, f"json {came}") for item in items]

    def parse(self, event: Event, source: SourceFacts) -> list[Draft]:
        shape, _, came = event.kind.partition(" ")
        try:
            params = form(event.body) if shape == "form" else as_text(orjson.loads(event.body))
            key_of(params)
            return calling.drafts(params, datetime.fromisoformat(came), source)
        except (Rejected, ValueError, AttributeError) as error:
            raise Unreadable(f"twilio: the event cannot be read: {error}") from None

    def told(self, request: Request, source: SourceFacts) -> Told | None:
        """That a call rings, that an agent took it, or that it ended."""
        if not is_form(request.headers):
            return None
        params = form(request.body)
        about = {"TranscriptionEvent", "TranscriptionText", "TranscriptionSid", "RecordingStatus"} & params.keys()
        return None if about else answering.told(params, request.received_at, source)

    def answer_call(self, route: Route, request: Request, source: SourceFacts) -> Answer:
        """TwiML: the route, where the source's settings ask for it."""
        if source.settings.get("routing") != ROUTED:
            return self.answer(request, source)
        return Answer(body=answering.twiml(route, request.url), content_type="text/xml")

    def answer(self, request: Request, source: SourceFacts) -> Answer:
        """TwiML: what the source's settings say to do with the call; nothing without them."""
        further = answering.next_step(form(request.body), request.query) if is_form(request.headers) else None
        if further and source.settings.get("routing") == ROUTED:
            return Answer(body=further, content_type="text/xml")
        twiml = source.settings.get("twiml")
        text = twiml if isinstance(twiml, str) and twiml.strip() else NOTHING_TO_DO
        return Answer(body=text.encode(), content_type="text/xml")


def fit_to_keep(body: bytes) -> bytes:
    """A form as it may be kept: without card numbers and the like in what was said."""
    if not any(name.encode() in body for name in SAID):
        return body
    told = form(body)
    kept = without_secrets(told)
    return body if kept == told else urlencode(kept).encode()


def without_secrets(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: redact(value) if name in SAID and isinstance(value, str) else value for name, value in params.items()}


def form(body: bytes) -> dict[str, str]:
    return {name: clean(values[0]) for name, values in fields(body).items()}


def json_items(body: bytes) -> list[dict[str, Any]]:
    """The events in a JSON body: flat parameters, or wrapped as Event Streams does. Raises Rejected."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Rejected("twilio: the body is neither a form nor JSON") from None
    items = found if isinstance(found, list) else [found]
    if not all(isinstance(item, dict) for item in items):
        raise Rejected("twilio: the JSON body holds something that is no event")
    return [unwrapped(item) for item in items]


def json_event(item: Mapping[str, Any], kind: str) -> Event:
    """One event of several; one that is about no call is refused alone."""
    body = orjson.dumps(item)
    try:
        return Event(key_of(as_text(item)), kind, body)
    except Rejected as refusal:
        return Event(digest(body), kind, body, refusal.reason)


def unwrapped(item: dict[str, Any]) -> dict[str, Any]:
    """The parameters inside a CloudEvent, or the event itself."""
    inner = item.get("data")
    request = inner.get("request") if isinstance(inner, dict) else None
    params = request.get("parameters") if isinstance(request, dict) else None
    return params if isinstance(params, dict) else item


def as_text(params: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as a form would carry them."""
    return {
        name: clean(value if isinstance(value, str) else orjson.dumps(value).decode())
        for name, value in params.items() if value is not None
    }  # fmt: skip


def clean(value: str) -> str:
    return value.replace("\x00", "").strip()


def key_of(params: Mapping[str, str]) -> str:
    """What deduplicates a callback. Raises Rejected (400) when it does not say which call it is about."""
    sid = params.get("CallSid", "")
    if not SID.fullmatch(sid):
        raise Rejected("twilio: no CallSid; point only voice webhooks here")
    parent = params.get("ParentCallSid", "")
    if parent and not SID.fullmatch(parent):
        raise Rejected("twilio: the ParentCallSid is not one")
    said = (f"{name}={params[name][:34]}" for name in KEY_FIELDS if params.get(name))
    key = ":".join((sid, *said))
    return key if len(key) <= MAX_KEY else f"{sid}:{digest(key.encode())}"


def digest(body: bytes) -> str:
    return f"hash-{blake2b(body, digest_size=16).hexdigest()}"
