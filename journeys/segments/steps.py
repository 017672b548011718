"""What a step of a journey may be: something that happened, as Explore finds it, and how it is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from journeys.explore.facets import OUTCOMES
from journeys.explore.wanted import Wanted
from journeys.interactions.drafts import Channel
from journeys.listening.models import MOODS


class What(NamedTuple):
    """A kind of step. said: with {} for its value. facet: of Explore. takes: what its value is, "" for none.

    rank: how rare it is; the rarest of some is looked for first.
    """

    label: str
    said: str
    takes: str = ""
    facet: str = ""
    channel: str = ""
    rank: int = 9


WHATS: dict[str, What] = {
    "page": What("looked at the page", "looked at {}", "text", "path", "web", 8),
    "landing": What("landed on the page", "landed on {}", "text", "landing", "web", 7),
    "campaign": What("came by the campaign", "came by {}", "text", "campaign", "", 1),
    "event": What("did on the web", "did “{}”", "text", "", "web", 6),
    "product": What("looked at or bought the product", "looked at or bought {}", "text", "product", "", 2),
    "worth": What("did something worth at least", "did something worth at least {}", "number", "value_from", "", 3),
    "visit": What("visited", "visited", "", "", "web", 9),
    "call": What("called, or was called", "had a call", "", "", "call", 4),
    "outcome": What("had a call that was", "had a call that was {}", "outcome", "outcome", "call", 3),
    "email": What("had an e-mail", "had an e-mail", "", "", "email", 5),
    "social": What("had a message", "had a message", "", "", "social", 5),
    "mood": What("felt", "felt {}", "mood", "mood", "", 4),
}
CHOICES: dict[str, tuple[str, ...]] = {"outcome": OUTCOMES, "mood": tuple(MOODS)}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened. value: as it is asked; "" where its kind takes none."""

    what: str
    value: str = ""

    @property
    def kind(self) -> What:
        return WHATS[self.what]

    @property
    def said(self) -> str:
        return self.kind.said.format(self.value)

    @property
    def is_text(self) -> bool:
        return self.kind.takes == "text"

    @property
    def wanted(self) -> Wanted:
        """As Explore looks for it."""
        kind = self.kind
        value: Any = Decimal(self.value) if kind.takes == "number" else self.value
        facets: Mapping[str, Any] = {kind.facet: value} if kind.facet else {}
        plain = Q(kind="track", title=self.value) if self.what == "event" else Q()
        return Wanted(facets, plain, kind.channel)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that it may have come through."""
        return (self.kind.channel,) if self.kind.channel else tuple(one.value for one in Channel)
