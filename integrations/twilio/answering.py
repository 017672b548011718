"""Twilio asks what to do with a call: what is told of it, and the route in TwiML. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote
from xml.sax.saxutils import escape, quoteattr

from integrations.adapter import SourceFacts
from integrations.twilio.calling import ANSWERED, ENDED, direction, happened_at, is_callback, party
from journeys.calls.ringing import Route
from journeys.calls.telling import Progress, Told, line_of
from journeys.interactions.drafts import Direction

LIVE = timedelta(minutes=10)
Params = Mapping[str, str]

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NEXT = "next"  # in the address that <Dial> goes on at: the queue of the next step


def told(params: Params, received: datetime, source: SourceFacts) -> Told | None:
    """What a callback tells of an incoming call, or of the agent's phone that it rings; None for anything else, and
    for history that is told after the event.
    """
    if received - happened_at(params, received) > LIVE:
        return None
    parent, status = params.get("ParentCallSid", ""), params.get("CallStatus", "")
    if parent:
        return taken(parent, params, received) if status in ("in-progress", "answered") else None
    if direction(params) != Direction.IN or params.get("DialCallStatus"):
        return None
    progress = progress_of(params, status)
    if progress is None:
        return None
    caller, line = line_of(party(params), source.country)
    _, dialled = line_of(params.get("To") or params.get("Called", ""), source.country)
    return Told(params["CallSid"], progress, happened_at(params, received), caller, line, dialled)


def progress_of(params: Params, status: str) -> Progress | None:
    """How far a call is. That Twilio itself picked up, to play music, is not that anybody answered."""
    if status == "ringing" and not is_callback(params):
        return Progress.RINGING
    return Progress.ENDED if status in ENDED else None


def taken(parent: str, params: Params, received: datetime) -> Told:
    agent = params.get("To") or params.get("Called", "")
    return Told(parent, Progress.ANSWERED, happened_at(params, received), agent=agent[:200])


def twiml(route: Route, address: str) -> bytes:
    """A route as Twilio does it: the agent's phone first, and the queue when they do not answer.

    address: of the source, where Twilio asks what to do next.
    """
    if not route.agent:
        return enqueued(route.queue)
    bare = address.partition("?")[0]
    further = quoteattr(f"{bare}?{NEXT}={quote(route.next_queue or route.queue)}")
    dial = f'<Dial timeout="{route.timeout}" action={further} method="POST">{phone_of(route.agent)}</Dial>'
    return f"{HEAD}<Response>{dial}</Response>".encode()


def phone_of(agent: str) -> str:
    """An agent's phone as <Dial> rings it: a softphone, unless it is a number or a SIP address."""
    if agent.startswith("sip:"):
        return f"<Sip>{escape(agent)}</Sip>"
    if agent.startswith("+"):
        return f"<Number>{escape(agent)}</Number>"
    return f"<Client>{escape(agent.removeprefix('client:'))}</Client>"


def enqueued(queue: str) -> bytes:
    return f"{HEAD}<Response><Enqueue>{escape(queue)}</Enqueue></Response>".encode()


def next_step(params: Params, query: str) -> bytes | None:
    """What follows an agent's phone that rang: nothing after they talked, else the queue; None where none rang."""
    queue = parse_qs(query).get(NEXT, [""])[0]
    if not queue or not params.get("DialCallStatus"):
        return None
    return f"{HEAD}<Response/>".encode() if params["DialCallStatus"] in ANSWERED else enqueued(queue)
