"""Who went one way: from a flow of the graph to customers, by pseudonym, a page at a time."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

import numpy as np

from crm.privacy.access import followable_customers
from crm.privacy.actors import Actor
from crm.privacy.masking import pseudonym
from journeys.paths.graphing import Graph
from journeys.paths.walking import who_went

PAGE = 50


class Way(NamedTuple):
    """A flow, as an address names it."""

    place: int
    source: int
    target: int

    def as_asked(self) -> dict[str, int]:
        return self._asdict()


class Person(NamedTuple):
    """A customer by pseudonym."""

    public_id: UUID
    name: str


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
    ids = followable_customers(actor).filter(pk__in=page).order_by("pk").values_list("public_id", flat=True)
    return [Person(one, pseudonym(one)) for one in ids], following, len(who)
