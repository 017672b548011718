"""Drafts: parsed events, before they are recorded. Adapters make them; `record` takes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Channel(StrEnum):
    """The medium that an interaction came through."""

    WEB = "web"
    CALL = "call"
    EMAIL = "email"
    SOCIAL = "social"


class Direction(StrEnum):
    """IN: the customer came to us. OUT: we went to the customer."""

    IN = "in"
    OUT = "out"


class Seen(NamedTuple):
    """An identifier as the source wrote it; it is normalised when it is recorded.

    kind: one of crm.identity.kinds.Kind. namespace: leave empty for the source's own.
    """

    kind: str
    value: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """Permission given or withdrawn. channel: "" for every channel."""

    purpose: str
    is_given: bool
    channel: str = ""


@dataclass(slots=True)  # frozen would set each of the fields by a call: a tenth of the time that parsing takes
class Draft:
    """One thing that happened.

    key: the same for every redelivery, different from every other event of the source (<= 200 characters).
    kind: what it was, in one word of the channel: page, track, identify, call, email, message, reaction, ...
    occurred_at: aware.
    identifiers: all that single out the customer, in any order; values that say nothing are dropped when recorded.
        They are about one person: a person who is merely mentioned gets a draft of their own, or none.
    title: one line, as people would say it. body: text to read and search.
    data: everything else worth showing, JSON; the keys used are listed in journeys/interactions/README.md.
    traits: facts asserted about the customer, by their standard names (crm/profile/models.py).
    references: (kind, number): orders, bookings, tickets.
    part: "" for a whole interaction; else the name of this part of the interaction `key`, unique within it. The parts
        of one key are folded into one interaction, in whatever order they arrive.
    is_record: no interaction, but what a system has on file of somebody: only its facts are kept.
    verified_traits: the names of the traits that the source has checked.
    is_verified: the source vouches that the identifiers belong together, over what `Source.is_trusted` says.
    """

    key: str
    channel: Channel
    kind: str
    occurred_at: datetime
    identifiers: tuple[Seen, ...] = ()
    direction: str = ""
    title: str = ""
    body: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, str] = field(default_factory=dict)
    consents: tuple[ConsentGiven, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    part: str = ""
    is_verified: bool = False
    is_record: bool = False
    verified_traits: frozenset[str] = frozenset()
