"""What is looked for: facets, days and the order; one question for Explore's pages, its files, segments and the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from journeys.explore.facets import Rows, having
from journeys.explore.lanes import Days

BY_TIME = "time"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. facets: by the names of Facets. plain: what else has to be so of an interaction. order: of
    orders.ORDERS. is_up: from its small end; by time, the oldest first. by_customer: each customer once, by the first
    that is found of them.
    """

    facets: Mapping[str, Any] = field(default_factory=dict)
    plain: Q = field(default_factory=Q)
    channel: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    is_up: bool = False
    by_customer: bool = False
    order: str = BY_TIME

    @property
    def lane(self) -> dict[str, Any]:
        return {**self.facets, "channel": self.channel}

    @property
    def is_choosy(self) -> bool:
        """Whether something is asked of the customers, not of what they did."""
        return bool(self.facets.get("segment") or self.facets.get("consent"))

    @property
    def days(self) -> Days:
        return Days(self.starts, self.ends)

    @property
    def condition(self) -> Q:
        """What an interaction says of itself when it has all of it."""
        return self.plain & having(self.lane)

    def narrow(self, rows: Rows) -> Rows:
        """The rows that have all of it, and may be counted: without browsing that is withheld."""
        return rows.filter(self.condition).exclude(channel="web", identifier__is_withheld=True)

    def without(self, hidden: Q) -> "Wanted":
        """The same question of a journey for somebody who may not see some interactions: no step is one of those."""
        return replace(self, facets={**self.facets, "journey": replace(self.facets["journey"], hidden=hidden)})
