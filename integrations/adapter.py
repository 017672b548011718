"""The protocol that every provider's adapter follows: verify, split, parse. Pure: no database, no clock, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, Protocol, runtime_checkable

from integrations.errors import Rejected
from integrations.setting import Setting
from journeys.calls.ringing import Route
from journeys.calls.telling import Told
from journeys.interactions.drafts import Draft


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What an adapter may know of its source. settings: as the adapter's README lists them."""

    public_id: str
    name: str
    adapter: str
    namespace: str
    country: str
    write_key: str
    secret: str
    settings: Mapping[str, object] = field(default_factory=dict)
    is_trusted: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in. headers: lower-case names. url: the public one, query included.

    path: what follows the source's endpoint, or the whole path for the Segment doors.
    received_at: when it came, aware; adapters have no clock of their own. address: where it came from.
    """

    method: str
    url: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    address: str = ""


class Event(NamedTuple):
    """One raw event, as it will be kept in its delivery.

    key: deduplicates within the source (<= 200 characters). kind: what `parse` needs to know of how it came, such as
    the path or the content type. body: the bytes that `parse` reads. reason: not empty when the event was refused
    alone, while its neighbours go in: it becomes a failed delivery at once.
    """

    key: str
    kind: str
    body: bytes
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the vendor wants to hear back."""

    status: int = 200
    body: bytes = b'{"success":true}'
    content_type: str = "application/json"


class Adapter(Protocol):
    """One provider. `name` is what `add_source` and `Source.adapter` call it.

    max_body: bytes; the door refuses more. cors: whether browsers of other sites may send to it.
    settings: what people may set of its source, beside name, country and secret.
    """

    name: str
    channel: str
    is_trusted: bool
    max_body: int
    cors: bool

    @property
    def settings(self) -> Sequence[Setting]: ...

    def verify(self, request: Request, source: SourceFacts) -> None:
        """Check that the request is the vendor's own. Raises Rejected (401, 403) with the reason and the remedy."""

    def split(self, request: Request, source: SourceFacts) -> Sequence[Event]:
        """Take the request apart, one event each. Raises Rejected (400) when nothing in it can be read."""

    def parse(self, event: Event, source: SourceFacts) -> list[Draft]:
        """Bytes in, drafts out. Raises Unreadable for an event that cannot be understood, now or later."""

    def answer(self, request: Request, source: SourceFacts) -> Answer:
        """The 2xx body, or the reply to a handshake (GET)."""


@runtime_checkable
class Switchboard(Protocol):
    """What an adapter has beside, whose calls are answered while they ring."""

    name: str

    def told(self, request: Request, source: SourceFacts) -> Told | None:
        """What a request, verified and taken apart, tells of an incoming call; None where it tells nothing of one."""

    def answer_call(self, route: Route, request: Request, source: SourceFacts) -> Answer:
        """What a phone system hears that asked where a ringing call goes."""


__all__ = ["Adapter", "Answer", "Draft", "Event", "Rejected", "Request", "SourceFacts", "Switchboard"]
