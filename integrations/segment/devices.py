"""What a browser says of itself, in a word or two: iPhone, Chrome on Windows. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

LONGEST = 400  # characters of a user agent that are looked at

# The first that is found counts: Chrome says Safari, Edge says Chrome, and every phone says Mozilla.
DEVICES = (("iPhone", "iPhone"), ("iPad", "iPad"))
SYSTEMS = (
    ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "Chromebook"), ("Mac OS X", "Mac"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip


def device(context: Mapping[str, Any]) -> str:
    """The device or browser of an event's context, or "" when it does not tell."""
    agent = context.get("userAgent")
    if isinstance(agent, str) and agent:
        return in_words(agent[:LONGEST])
    told = context.get("device")
    if not isinstance(told, dict):
        return ""
    model = told.get("model") or told.get("name") or told.get("type")
    return in_words(model[:60]) or model[:60] if isinstance(model, str) else ""


@lru_cache(maxsize=2_000)
def in_words(agent: str) -> str:
    """A user agent in a word or two, or ""."""
    if found := first(DEVICES, agent):
        return found
    browser, system = first(BROWSERS, agent), first(SYSTEMS, agent)
    return f"{browser} on {system}" if browser and system else browser or system


def first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((word for mark, word in table if mark in agent), "")
