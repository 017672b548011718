"""Which channel groups and campaigns ring: who came by them, and called afterwards. Pure.

A call goes to the last touchpoint of another kind that its customer had before it, so that calls add up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from journeys.attribution.tabulating import NONE, name_of
from journeys.morning.figures import Touch

DIMENSIONS = {"group": "Channel group", "campaign": "Campaign"}
KEPT = 100  # names of a day; those that ring least are left out
Rings = Mapping[str, Mapping[str, "Ring"]]  # by dimension, by name


class Ring(NamedTuple):
    """people: who came by it; rang: who of them called afterwards; calls: how often."""

    people: int = 0
    rang: int = 0
    calls: int = 0


@dataclass
class Counting:
    """Of a name, whose numbers (of customers) they are."""

    people: set[int]
    rang: set[int]
    calls: int = 0

    @property
    def ring(self) -> Ring:
        return Ring(len(self.people), len(self.rang), self.calls)


def ringing(touches: Iterable[Touch]) -> dict[str, dict[str, Ring]]:
    """By dimension and name, of the touches of some customers in a time, in their order."""
    ordered = list(touches)
    return {dimension: kept(ringing_by(dimension, ordered)) for dimension in DIMENSIONS}


def ringing_by(dimension: str, touches: Iterable[Touch]) -> dict[str, Ring]:
    found: dict[str, Counting] = {}
    last: dict[int, str] = {}
    for touch in touches:
        if touch.channel != "call":
            name = last[touch.customer] = named(getattr(touch, dimension))
            if name not in found:
                found[name] = Counting(set(), set())
            found[name].people.add(touch.customer)
        elif touch.customer in last:
            ringing_one = found[last[touch.customer]]
            ringing_one.rang.add(touch.customer)
            ringing_one.calls += 1
    return {name: counting.ring for name, counting in found.items()}


@lru_cache(maxsize=10_000)
def named(told: str) -> str:
    """As `name_of`, which most touches ask the same of: a week of 200,000 is counted in half the time."""
    return name_of(told)


def kept(rings: Mapping[str, Ring]) -> dict[str, Ring]:
    ordered = sorted(rings.items(), key=lambda one: (-one[1].calls, -one[1].people, one[0]))
    return dict(ordered[:KEPT])


def together(rings: Sequence[Rings]) -> dict[str, dict[str, Ring]]:
    """Those of several brands, as one: no customer is of two."""
    found: dict[str, dict[str, Ring]] = {dimension: {} for dimension in DIMENSIONS}
    for one in rings:
        for dimension, names in one.items():
            for name, ring in names.items():
                before = found[dimension].get(name, Ring())
                found[dimension][name] = Ring(*map(sum, zip(before, ring, strict=True)))
    return {dimension: kept(names) for dimension, names in found.items()}


def is_named(name: str) -> bool:
    """Whether a name stands for something that a marketer did."""
    return name != NONE
