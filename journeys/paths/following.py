"""Who went one way: from a flow of the graph to customers, by pseudonym, a page at a time."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.utils import timezone

from crm.privacy.access import followable_customers
from crm.privacy.actors import Actor
from crm.privacy.masking import pseudonym
from journeys.paths.graphing import Graph
from journeys.paths.walking import Walks, who_went

PAGE = 50


class Way(NamedTuple):
    """A flow, as an address names it."""

    place: int
    source: int
    target: int

    def as_asked(self) -> dict[str, int]:
        return self._asdict()


class Person(NamedTuple):
    """A customer by pseudonym. at: when they took the step that the graph is about."""

    public_id: UUID
    name: str
    at: datetime


def way_of(told: Mapping[str, str]) -> Way:
    """The way that is asked for; one that nobody went where it cannot be read."""
    numbers = [told.get(name, "") for name in Way._fields]
    is_told = all(one.removeprefix("-").isdecimal() and one.isascii() and len(one) < 10 for one in numbers)
    return Way(*map(int, numbers)) if is_told else Way(0, 0, 0)


def people(found: Graph, way: Way, actor: Actor, after: int) -> tuple[list[Person], int | None, int]:
    """(a page of those who went so, where the next one goes on, how many there are)."""
    side = found.into if way.place < 0 else found.out
    place = abs(way.place)
    if side is None or not 0 < place < side.folded.shape[1]:
        return [], None, 0
    ours, theirs = (way.target, way.source) if way.place < 0 else (way.source, way.target)
    who = who_went(side.walks, side.folded, place, ours, theirs)
    start = int(np.searchsorted(who, after, side="right"))
    page = who[start : start + PAGE].tolist()
    following = page[-1] if start + PAGE < len(who) else None
    seen = followable_customers(actor).filter(pk__in=page).order_by("pk").values_list("pk", "public_id")
    taken = taken_at(side.walks, page)
    return [Person(one, pseudonym(one), taken[number]) for number, one in seen], following, len(who)


def taken_at(found: Walks, whose: Collection[int]) -> dict[int, datetime]:
    """When each of these customers took the step that the walks begin with."""
    there = np.isin(found.customer, list(whose))
    zone = timezone.get_current_timezone()
    times = zip(found.customer[there].tolist(), found.at[there, 0].tolist(), strict=True)
    return {customer: datetime.fromtimestamp(at, zone) for customer, at in times}
