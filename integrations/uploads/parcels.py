"""What an adapter makes requests of, and what it reads out of answers. Plain values: no database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

Settings = Mapping[str, str]


class What(StrEnum):
    """What is told of a conversion. RESTATED: it is worth less by now."""

    MADE = "made"
    TAKEN_BACK = "taken back"
    RESTATED = "restated"


@dataclass(frozen=True, slots=True)
class Click:
    """A click on an advertisement. kind: the name of its id, as the address of the page had it."""

    kind: str
    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rung:
    """A call that came in. line: the caller's number, as it came."""

    line: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Whose:
    """Who a conversion is of, as far as vendors find people by it.

    client, session: of Google Analytics, as the pages told them; session_at: when that was told. fbp: Meta's browser
    id. is_personal: whether they agreed to be shown what suits them.
    """

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    client: str = ""
    session: str = ""
    session_at: datetime | None = None
    fbp: str = ""
    is_personal: bool = False


NOBODY = Whose()


@dataclass(frozen=True, slots=True)
class Parcel:
    """A conversion as it is told to a vendor.

    number: of the upload that it is of. told_as: what the vendor knows it by, the same at each attempt. action: the
    vendor's conversion action, or event. value: what it is worth (left); before: what they were told that it was.
    since: when the change was that is told. channel: by which it was made.
    """

    number: int
    what: What
    told_as: str
    action: str
    at: datetime
    value: Decimal
    currency: str
    channel: str
    before: Decimal = Decimal(0)
    since: datetime | None = None
    is_by_phone: bool = False
    click: Click | None = None
    call: Rung | None = None
    whose: Whose = NOBODY


class Field(NamedTuple):
    """Something that an admin fills in. pattern: what it has to look like; it may stand in an address."""

    label: str
    help: str
    pattern: str = r"[!-~]{1,500}"


class Ask(NamedTuple):
    """A request to a vendor. path: after the address of their API; parcels: those it tells of, in its order; method:
    GET: it has no body.
    """

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    parcels: Sequence[Parcel]
    method: str = "POST"


class Fate(StrEnum):
    """What became of a parcel by an answer. PENDING: they accepted it, and say later what became of it; UNSURE: nobody
    says.
    """

    TAKEN = "taken"
    REFUSED = "refused"
    AGAIN = "again"
    PENDING = "pending"
    UNSURE = "unsure"


class Outcome(NamedTuple):
    """How it went with a parcel. said: why not, in words; wait: before it makes sense to try again, or to ask what
    became of it. code: the vendor's own word; of what is pending, the number to ask by.
    """

    fate: Fate
    code: str = ""
    said: str = ""
    wait: timedelta | None = None


TAKEN = Outcome(Fate.TAKEN)


class Later(Protocol):
    """How a vendor is asked what became of what it accepted. patience: after which it is taken for not known; kept: for
    how long it can be asked at all.
    """

    patience: timedelta
    kept: timedelta

    def pause(self, elapsed: timedelta) -> timedelta:
        """How long to wait until it is asked next, so long after it was sent."""
        ...

    def question(self, number: str, settings: Settings, token: str) -> Ask:
        """The request that asks what became of another. number: as they gave it when they accepted that."""
        ...

    def verdict(self, what: What, answer: Any) -> Outcome:
        """What became of it. answer: the JSON of it, None where it is none."""
        ...


class Vendor(Protocol):
    """Whom conversions are told to: pure, from parcels to requests and from answers to outcomes.

    fields: what is asked of an admin, by name; secrets: those that are sealed; optional: those that may
    be empty. clicks: the kinds of click id that are theirs. window: how many days before a conversion a click may be.
    has_calls: whether a call has an action of its own. tells_clicks: whether they are told of the click itself.
    at_once: parcels of one request. pace: seconds from one request to the next, at the least. has_tokens: whether it is
    asked with a token that has to be fetched first.
    click_is_enough: where only clicks are told of, they are told of nothing else. is_retold: a change is the conversion
    told once more, under its number, by its click, of whoever still agrees. later: how to ask what became of what they
    accepted, where they say that later. remedy: what is left to be done by hand where somebody was erased.
    """

    key: str
    label: str
    address: str
    fields: Mapping[str, Field]
    secrets: frozenset[str]
    optional: frozenset[str]
    clicks: tuple[str, ...]
    window: int
    has_calls: bool
    tells_clicks: bool
    at_once: int
    pace: float
    has_tokens: bool
    click_is_enough: bool
    is_retold: bool
    later: Later | None
    remedy: str

    def fault(self, parcel: Parcel, now: datetime) -> str:
        """Why a parcel cannot be told now, in words; "" where it can."""
        ...

    def due(self, parcel: Parcel, now: datetime) -> datetime:
        """The earliest that it makes sense to tell it."""
        ...

    def is_told_once(self, parcel: Parcel) -> bool:
        """Whether they count it once, however often it is sent."""
        ...

    def asks(self, parcels: Sequence[Parcel], settings: Settings, token: str) -> list[Ask]:
        """The requests that tell of parcels."""
        ...

    def trial(self, parcels: Sequence[Parcel], settings: Settings, token: str, now: datetime) -> list[Ask]:
        """The requests by which they say what they think of parcels, and count nothing."""
        ...

    def outcomes(self, ask: Ask, status: int, answer: Any) -> list[Outcome]:
        """What became of each parcel. answer: the JSON of it, None where it is none."""
        ...


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def chunks(parcels: Sequence[Parcel], size: int) -> Iterable[Sequence[Parcel]]:
    for begin in range(0, len(parcels), size):
        yield parcels[begin : begin + size]
