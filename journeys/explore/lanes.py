"""The order in which interactions are looked at: by time, through the index that holds the fewest others."""

from collections.abc import Iterable, Mapping
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

import orjson
from django.db.models import Q

from journeys.explore.facets import Rows, of_campaign
from journeys.interactions.drafts import Channel
from journeys.interactions.models import Interaction
from journeys.timeline.positions import INTERACTION, Position

SPOKEN = (Channel.CALL.value, Channel.EMAIL.value, Channel.SOCIAL.value)  # all but the web have an index of their own


class Way(NamedTuple):
    """A stretch of the stream. start: exclusive, None for its beginning. is_up: the oldest first."""

    start: Position | None = None
    is_up: bool = False


def keys(asked: Mapping[str, Any], rows: Rows, way: Way, size: int) -> list[Position]:
    """The places of the next `size` interactions that may have what is asked; the index tells no more than that.

    rows: those that may be looked at, such as of some days.
    """
    found = [list(read(one, way, size)) for one in lanes(asked, rows)]
    return list(islice(merge(*found, reverse=not way.is_up), size))


def lanes(asked: Mapping[str, Any], rows: Rows) -> list[Rows]:
    """The rows of each index that has to be read."""
    if asked.get("campaign"):
        return [of_campaign(rows, asked["campaign"])]
    if asked.get("product"):
        return [rows.filter(data__has_key="products")]
    if asked.get("value_from") is not None or asked.get("value_to") is not None:
        return [rows.filter(data__has_key="value")]
    channels = spoken(asked)
    return [rows.filter(channel=one) for one in channels] if channels else [rows]


def spoken(asked: Mapping[str, Any]) -> Iterable[str]:
    """The channels that hold what is asked, where they are few interactions of all."""
    if asked.get("channel") in SPOKEN:
        return [asked["channel"]]
    if asked.get("outcome"):
        return [Channel.CALL.value]
    return SPOKEN if asked.get("mood") and not asked.get("channel") else ()


def read(rows: Rows, way: Way, size: int) -> Iterable[Position]:
    if way.start:
        at, number = way.start.bound(INTERACTION)
        beyond = Q(occurred_at=at, pk__gt=number) if way.is_up else Q(occurred_at=at, pk__lt=number)
        edge, past = ("occurred_at__gte", "occurred_at__gt") if way.is_up else ("occurred_at__lte", "occurred_at__lt")
        rows = rows.filter(Q(**{past: at}) | beyond, **{edge: at})
    order = ("occurred_at", "pk") if way.is_up else ("-occurred_at", "-pk")
    return (Position(at, INTERACTION, pk) for pk, at in rows.order_by(*order).values_list("pk", "occurred_at")[:size])


def everything() -> Rows:
    """Every interaction."""
    return Interaction.objects.all()


def planned(rows: Rows) -> int:
    """How many rows PostgreSQL expects, without looking at one of them."""
    [told] = orjson.loads(rows.explain(format="json"))
    return int(told["Plan"]["Plan Rows"])
