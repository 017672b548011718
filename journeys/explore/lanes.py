"""The order in which interactions are looked at: by time, through the index that holds the fewest others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields.tuple_lookups import (
    Tuple,
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleLessThan,
    TupleLessThanOrEqual,
)

from journeys.explore.facets import Rows, of_campaign, worth_from, worth_to
from journeys.explore.places import Place
from journeys.interactions.drafts import Channel
from journeys.interactions.models import Interaction
from journeys.interactions.valuing import Worth
from journeys.listening.models import MOODS, Mood

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
    """A direction through the rows. start: exclusive, None for its beginning. is_up: the oldest, or least, first."""

    start: Place | None = None
    is_up: bool = False


class Lane(NamedTuple):
    """Rows that an index has in the order of time. at, number: what they call the time and number of an interaction.

    tried: a condition that the index itself is tried by, before a row is read. is_by_worth: by value, then by time.
    """

    rows: QuerySet[Any]
    at: str = "occurred_at"
    number: str = "pk"
    tried: Q = Q()
    is_by_worth: bool = False

    def after(self, way: Way) -> QuerySet[Any]:
        """The rows on the way, in its order."""
        rows = self.rows
        if way.start:
            rows = rows.filter(self.beyond(way.start, is_up=way.is_up))
        return rows.order_by(*(one.asc() if way.is_up else one.desc() for one in self.keys))

    @property
    def keys(self) -> list[Any]:
        """What its order is by."""
        return [*([Worth("data")] if self.is_by_worth else []), F(self.at), F(self.number)]

    def beyond(self, place: Place, *, is_up: bool, with_it: bool = False) -> Any:
        """What lies after a place, or there, as the index finds it."""
        lookups = (TupleGreaterThan, TupleGreaterThanOrEqual) if is_up else (TupleLessThan, TupleLessThanOrEqual)
        values = [*([place.worth] if self.is_by_worth else []), place.at, place.id]
        return lookups[with_it](Tuple(*self.keys), tuple(values))

    def holding(self, condition: Q) -> Any:
        """Whether a condition holds for a row's interaction."""
        if not condition:
            return Value(True)
        if self.number == "pk":
            return ExpressionWrapper(condition, BooleanField())
        return Exists(everything().filter(condition, pk=OuterRef(self.number)))

    def places(self, rows: QuerySet[Any]) -> Iterator[tuple[Place, bool]]:
        """(place, whether the condition holds), of rows that are annotated with that."""
        worth = ["worth"] if self.is_by_worth else []
        rows = rows.annotate(worth=Worth("data")) if self.is_by_worth else rows
        for at, number, holds, *told in rows.values_list(self.at, self.number, "holds", *worth):
            yield Place(at, number, worth=told[0] if told else None), holds


@dataclass(frozen=True, slots=True)
class Looked:
    """A stretch that was looked at. found: the places where the condition holds. count: how many rows it had, about.

    end: where the next stretch begins; None: there is none.
    """

    found: list[Place]
    count: int
    end: Place | None


def look(lane: Lane, way: Way, size: int, condition: Q) -> Looked:
    """Look at the next `size` rows of a lane, each read as the index comes to it; of more, where the index tells."""
    edge = far_edge(lane, way, size) if lane.tried else None
    rows = lane.after(way).filter(lane.tried)
    if edge:
        rows = rows.filter(lane.beyond(edge, is_up=not way.is_up, with_it=True))
    places = list(lane.places(rows.annotate(holds=lane.holding(condition))[:size]))
    end = places[-1][0] if len(places) == size else edge
    return Looked([place for place, holds in places if holds], size * IN_INDEX if edge else len(places), end)


def far_edge(lane: Lane, way: Way, size: int) -> Place | None:
    """The place up to which an index is tried; None: to its end."""
    last = size * IN_INDEX
    for at, number in lane.after(way).values_list(lane.at, lane.number)[last - 1 : last]:
        return Place(at, number)
    return None


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
