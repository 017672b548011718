"""The order in which interactions are looked at: by time, through the index that holds the fewest others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value

from journeys.explore.facets import Rows, of_campaign, worth_from, worth_to
from journeys.interactions.drafts import Channel
from journeys.interactions.models import Interaction
from journeys.listening.models import MOODS, Mood
from journeys.timeline.positions import INTERACTION, Position

SPOKEN = (Channel.CALL.value, Channel.EMAIL.value, Channel.SOCIAL.value)  # all but the web have an index of their own
IN_INDEX = 20  # entries that are tried in an index while one row is read


class Days(NamedTuple):
    """A stretch of time. starts: inclusive; ends: exclusive; None: without."""

    starts: datetime | None = None
    ends: datetime | None = None

    def of(self, rows: QuerySet[Any], at: str = "occurred_at") -> QuerySet[Any]:
        """The rows of its days."""
        rows = rows.filter(**{f"{at}__gte": self.starts}) if self.starts else rows
        return rows.filter(**{f"{at}__lt": self.ends}) if self.ends else rows


class Way(NamedTuple):
    """A direction through the stream. start: exclusive, None for its beginning. is_up: the oldest first."""

    start: Position | None = None
    is_up: bool = False


class Lane(NamedTuple):
    """Rows that an index has in the order of time. at, number: what they call the time and number of an interaction.

    tried: a condition that the index itself is tried by, before a row is read.
    """

    rows: QuerySet[Any]
    at: str = "occurred_at"
    number: str = "pk"
    tried: Q = Q()

    def after(self, way: Way) -> QuerySet[Any]:
        """The rows on the way, in its order."""
        rows = self.rows
        if way.start:
            rows = rows.filter(beyond(way.start, "gt" if way.is_up else "lt", self.at, self.number))
        back = "" if way.is_up else "-"
        return rows.order_by(f"{back}{self.at}", f"{back}{self.number}")

    def holding(self, condition: Q) -> Any:
        """Whether a condition holds for a row's interaction."""
        if not condition:
            return Value(True)
        if self.number == "pk":
            return ExpressionWrapper(condition, BooleanField())
        return Exists(everything().filter(condition, pk=OuterRef(self.number)))


@dataclass(frozen=True, slots=True)
class Looked:
    """A stretch that was looked at. found: the places where the condition holds. count: how many rows it had, about.

    end: where the next stretch begins; None: there is none.
    """

    found: list[Position]
    count: int
    end: Position | None


def look(lane: Lane, way: Way, size: int, condition: Q) -> Looked:
    """Look at the next `size` rows of a lane, each read as the index comes to it; of more, where the index tells."""
    edge = far_edge(lane, way, size) if lane.tried else None
    rows = within(lane, lane.after(way).filter(lane.tried), edge, is_up=way.is_up)
    told = rows.annotate(holds=lane.holding(condition)).values_list(lane.at, lane.number, "holds")
    places = [(Position(at, INTERACTION, number), holds) for at, number, holds in told[:size]]
    end = places[-1][0] if len(places) == size else edge
    return Looked([place for place, holds in places if holds], size * IN_INDEX if edge else len(places), end)


def far_edge(lane: Lane, way: Way, size: int) -> Position | None:
    """The place up to which an index is tried; None: to its end."""
    last = size * IN_INDEX
    for at, number in lane.after(way).values_list(lane.at, lane.number)[last - 1 : last]:
        return Position(at, INTERACTION, number)
    return None


def within(lane: Lane, rows: QuerySet[Any], edge: Position | None, *, is_up: bool) -> QuerySet[Any]:
    """The rows that come before the edge, or on it."""
    if edge is None:
        return rows
    return rows.filter(beyond(edge, "lt" if is_up else "gt", lane.at, lane.number, with_it=True))


def beyond(place: Position, side: str, at: str = "occurred_at", number: str = "pk", *, with_it: bool = False) -> Q:
    """What lies on one side of a place, as an index in the order of time finds it. side: lt, gt; with_it: or there."""
    when, row = place.bound(INTERACTION)
    there = Q(**{at: when, f"{number}__{side}{'e' if with_it else ''}": row})
    return Q(there | Q(**{f"{at}__{side}": when}), **{f"{at}__{side}e": when})


def lane_of(asked: Mapping[str, Any], days: Days) -> Lane:
    """The rows that have to be looked at. asked: by the names of Facets, and the channel."""
    rows = days.of(everything())
    if asked.get("campaign"):
        return Lane(rows.filter(of_campaign(asked["campaign"])))
    if asked.get("product"):
        return Lane(rows.filter(data__has_key="products"))
    if is_given(asked, "value_from") or is_given(asked, "value_to"):
        return Lane(rows.filter(data__has_key="value"), tried=worth(asked))
    if asked.get("mood"):
        return Lane(days.of(Mood.objects.filter(MOODS[asked["mood"]]), "at"), "at", "interaction_id")
    channel = Channel.CALL.value if asked.get("outcome") else asked.get("channel")
    return Lane(rows.filter(channel=channel) if channel in SPOKEN else rows)


def is_given(asked: Mapping[str, Any], name: str) -> bool:
    return asked.get(name) is not None


def worth(asked: Mapping[str, Any]) -> Q:
    """What is asked of a value."""
    least = worth_from(asked["value_from"]) if is_given(asked, "value_from") else Q()
    return least & (worth_to(asked["value_to"]) if is_given(asked, "value_to") else Q())


def everything() -> Rows:
    """Every interaction."""
    return Interaction.objects.all()


def planned(rows: QuerySet[Any]) -> int:
    """How many rows PostgreSQL expects, without looking at one of them."""
    [told] = orjson.loads(rows.explain(format="json"))
    return int(told["Plan"]["Plan Rows"])
