"""Looking at everybody for a segment that was made or changed: its members first, then whoever did its rarest step, or
everybody where no step has to be; piece by piece, so that whoever dies in the middle, the next one goes on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Max

from crm.identity.models import Customer, Identifier
from journeys.explore.finding import Wanted
from journeys.explore.lanes import Way, everything, keys, lanes, planned
from journeys.segments.definitions import Definition, read
from journeys.segments.models import CustomerSegment, Member
from journeys.segments.steps import Step
from journeys.timeline.positions import Position, parse_position

PIECE = 300  # customers, members
ROWS = 2_000  # interactions
MEMBERS, STEPS, EVERYBODY = "members", "steps", "everybody"


class Piece(NamedTuple):
    """Some customers (ids) to look at, how many rows that took, and where it goes on; None at the end."""

    customers: set[int]
    rows: int
    walk: dict[str, Any] | None


def beginning() -> dict[str, Any]:
    """Where a walk begins."""
    return {"phase": MEMBERS, "at": 0, "driver": 0}


def next_piece(segment: CustomerSegment, now: datetime) -> Piece:
    """The next customers to look at."""
    walk, definition = segment.walk or beginning(), read(segment.definition)
    if walk["phase"] == MEMBERS:
        members = Member.objects.filter(segment=segment, pk__gt=walk["at"]).order_by("pk")
        found = list(members.values_list("pk", "customer_id")[:PIECE])
        if len(found) == PIECE:
            return Piece({one for _, one in found}, len(found), {**walk, "at": found[-1][0]})
        phase = STEPS if definition.drivers else EVERYBODY
        return Piece({one for _, one in found}, len(found), {"phase": phase, "at": 0, "driver": 0})
    return piece_of_steps(definition, walk, now) if walk["phase"] == STEPS else piece_of_everybody(walk)


def piece_of_everybody(walk: dict[str, Any]) -> Piece:
    found = list(Customer.objects.filter(pk__gt=walk["at"]).order_by("pk").values_list("pk", flat=True)[:PIECE])
    return Piece(set(found), len(found), {**walk, "at": found[-1]} if len(found) == PIECE else None)


def piece_of_steps(definition: Definition, walk: dict[str, Any], now: datetime) -> Piece:
    """Whoever did a step, the last first."""
    drivers = definition.drivers
    if walk["driver"] >= len(drivers):
        return Piece(set(), 0, None)
    step, days = drivers[walk["driver"]]
    start = parse_position(walk["at"]) if walk["at"] else None
    places = places_of(step, now - timedelta(days=days), start)
    walk = {**walk, "at": places[-1].token} if len(places) == ROWS else {**walk, "at": 0, "driver": walk["driver"] + 1}
    return Piece(doers(step, places), len(places), walk)


def places_of(step: Step, since: datetime, start: Position | None) -> list[Position]:
    wanted = step.wanted
    return keys(wanted.lane, everything().filter(occurred_at__gt=since), Way(start), ROWS)


def doers(step: Step, places: Sequence[Position]) -> set[int]:
    """The customers (ids) of those of the interactions at these places that are the step."""
    wanted: Wanted = step.wanted
    rows = wanted.narrow(everything().filter(pk__in=[one.id for one in places])) if places else None
    identifiers = set(rows.values_list("identifier_id", flat=True)) if rows is not None else set()
    return set(Identifier.objects.filter(pk__in=identifiers).values_list("customer_id", flat=True))


def about(definition: Definition, now: datetime) -> int:
    """How many rows a walk will look at, about."""
    if not definition.drivers:
        return Customer.objects.aggregate(most=Max("pk"))["most"] or 1
    return sum(expected(step, now - timedelta(days=days)) for step, days in definition.drivers)


def expected(step: Step, since: datetime) -> int:
    """How many rows of a step's index PostgreSQL expects."""
    return sum(map(planned, lanes(step.wanted.lane, everything().filter(occurred_at__gt=since))))
