"""Which step an interaction is, and what it is called: nothing in a name tells who somebody is. Pure."""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from journeys.attribution.touches import path_of, words

PAGES = frozenset({"page", "screen"})
LONGEST = 200
ANY = ":id"
# What in a path is of one person or thing: an address, a number, a code. "/blog/2026" and "/room-12" stay as they are.
OF_ONE = re.compile(r"@|%40|•|^\d+$(?<!^20\d\d)|\d{5,}|^(?=.*\d)[0-9a-fA-F-]{8,}$|^(?=.*\d)\S{20,}$")
CALLS = {"answered": "Call answered", "missed": "Call missed", "failed": "Call failed", "voicemail": "Voicemail left"}
RINGING, CALLED = "Call ringing", "Call from us"
WRITTEN = {"in": "E-mail from the customer", "out": "E-mail to the customer"}
MESSAGES = {"in": "Message from the customer", "out": "Message to the customer"}


class Named(NamedTuple):
    """A step, by what tells it from others."""

    channel: str
    kind: str
    name: str


class Told(NamedTuple):
    """What an interaction says of the step that it is."""

    channel: str
    kind: str
    direction: str
    outcome: str
    event: str
    path: str
    name: str


def step_of(told: Told) -> Named | None:
    """The step; None where an interaction is none that anybody takes, as when a browser tells whose it is."""
    if told.channel == "web":
        return of_web(told)
    if told.channel == "call":
        return Named("call", "call", CALLED if told.direction == "out" else CALLS.get(told.outcome, RINGING))
    if told.channel == "email":
        return Named("email", "email", WRITTEN.get(told.direction, WRITTEN["in"]))
    is_message = told.kind == "message"
    return Named(told.channel, "message", MESSAGES.get(told.direction, MESSAGES["in"]) if is_message else "Reaction")


def of_web(told: Told) -> Named | None:
    if told.kind in PAGES:
        return Named("web", "page", page(told.path) if told.path else words(told.name)[:LONGEST] or "/")
    event = words(told.event)[:LONGEST]
    return Named("web", "event", event) if told.kind == "track" and event else None


@lru_cache(maxsize=20_000)
def page(address: str) -> str:
    """A page's path, without its query, with `:id` for whatever is of one person or thing."""
    parts = [ANY if OF_ONE.search(unquote(part)) else part for part in path_of(address).split("/")]
    return "/".join(parts).rstrip("/")[:LONGEST] or "/"
