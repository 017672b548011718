"""What stands in a customer's stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from crm.identity.kinds import Key
from journeys.interactions.models import Interaction, Session
from journeys.timeline.positions import DEED, INTERACTION, JOIN, SESSION, Position
from journeys.work.models import Deed


@dataclass(frozen=True, slots=True)
class Happened:
    """An interaction, on its own."""

    interaction: Interaction

    @property
    def position(self) -> Position:
        return Position(self.interaction.occurred_at, INTERACTION, self.interaction.pk)

    @property
    def kind(self) -> str:
        return self.interaction.channel

    @property
    def anchor(self) -> str:
        return f"i-{self.interaction.pk}"


@dataclass(frozen=True, slots=True)
class Visit:
    """Sessions of one browser that follow each other within half an hour, the earliest first.

    landing, exit: the first and last hit, {title, kind, url, campaign, referrer, device}, what is known of them;
        empty until `with_ends` has read them.
    """

    sessions: tuple[Session, ...]
    landing: Mapping[str, Any] = field(default_factory=dict)
    exit: Mapping[str, Any] = field(default_factory=dict)
    kind: ClassVar[str] = "visit"

    @property
    def head(self) -> Session:
        return self.sessions[0]

    @property
    def position(self) -> Position:
        return Position(self.head.started_at, SESSION, self.head.pk)

    @property
    def anchor(self) -> str:
        return f"v-{self.head.pk}"

    @property
    def last(self) -> Session:
        """The session that ends last."""
        return max(self.sessions, key=lambda session: session.ended_at)

    @property
    def ended_at(self) -> datetime:
        return self.last.ended_at

    @property
    def duration(self) -> timedelta:
        return self.ended_at - self.head.started_at

    @property
    def hits(self) -> int:
        return sum(session.hits for session in self.sessions)

    @property
    def pages(self) -> int:
        return sum(session.pages for session in self.sessions)


@dataclass(frozen=True, slots=True)
class Joined:
    """The moment at which two of the customer's identifiers turned out to be one person's. basis: of the link."""

    at: datetime
    link_id: int
    basis: str
    keys: tuple[Key, ...]
    kind: ClassVar[str] = "joined"

    @property
    def position(self) -> Position:
        return Position(self.at, JOIN, self.link_id)

    @property
    def anchor(self) -> str:
        return f"l-{self.link_id}"


@dataclass(frozen=True, slots=True)
class Done:
    """Something that staff did for the customer."""

    deed: Deed
    kind: ClassVar[str] = "work"

    @property
    def position(self) -> Position:
        return Position(self.deed.at, DEED, self.deed.pk)

    @property
    def anchor(self) -> str:
        return f"d-{self.deed.pk}"


Entry = Happened | Visit | Joined | Done
