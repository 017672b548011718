"""Looking at everybody for a segment that was made or changed: its members first, then whoever did its rarest step, or
everybody where no step has to be; piece by piece, so that whoever dies in the middle, the next one goes on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Max

from crm.identity.models import Customer
from journeys.explore.lanes import Days, Lane, Way, everything, lane_of, look, planned
from journeys.explore.places import Place, parse_place
from journeys.segments.definitions import Definition, read
from journeys.segments.models import CustomerSegment, Member
from journeys.segments.steps import Step

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
    looked = look(lane_for(step, now - timedelta(days=days)), way_of(walk), ROWS, step.wanted.condition)
    on = {"at": looked.end.token} if looked.end else {"at": 0, "driver": walk["driver"] + 1}
    return Piece(doers(step, looked.found), looked.count, {**walk, **on})


def lane_for(step: Step, since: datetime) -> Lane:
    return lane_of(step.wanted.lane, Days(since))


def way_of(walk: dict[str, Any]) -> Way:
    return Way(parse_place(walk["at"]) if walk["at"] else None)


def doers(step: Step, places: Sequence[Place]) -> set[int]:
    """The customers (ids) of the interactions at these places, which are the step, and may be counted."""
    rows = step.wanted.narrow(everything().filter(pk__in=[one.id for one in places]))
    return set(rows.values_list("identifier__customer_id", flat=True)) if places else set()


def about(definition: Definition, now: datetime) -> int:
    """How many rows a walk will look at, about."""
    if not definition.drivers:
        return Customer.objects.aggregate(most=Max("pk"))["most"] or 1
    return sum(planned(lane_for(step, now - timedelta(days=days)).rows) for step, days in definition.drivers)
