"""What stands in a customer's stream."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from crm.identity.kinds import Key
from journeys.interactions.models import Interaction, Session
from journeys.timeline.positions import INTERACTION, JOIN, SESSION, Position


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
    """Sessions of one browser that follow each other within half an hour, the earliest first."""

    sessions: tuple[Session, ...]
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
    def ended_at(self) -> datetime:
        return max(session.ended_at for session in self.sessions)

    @property
    def duration(self) -> timedelta:
        return self.ended_at - self.head.started_at

    @property
    def hits(self) -> int:
        return sum(session.hits for session in self.sessions)

    @property
    def pages(self) -> int:
        return sum(session.pages for session in self.sessions)

    @property
    def landing(self) -> dict[str, Any]:
        """The first hit: {at, key, title, kind, url, campaign, referrer}, what is known of it."""
        return dict(min((s.data["landing"] for s in self.sessions), key=lambda hit: (hit["at"], hit["key"])))

    @property
    def exit(self) -> dict[str, Any]:
        """The last hit: {at, key, title, kind, url}."""
        return dict(max((s.data["exit"] for s in self.sessions), key=lambda hit: (hit["at"], hit["key"])))


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


Entry = Happened | Visit | Joined
