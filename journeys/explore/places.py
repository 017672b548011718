"""Places in what Explore finds: what a page ends at, and the next one begins after."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from journeys.timeline.positions import INTERACTION, BadPosition, Position, parse_position

GROUPED = re.compile(r"(?P<group>[a-z]{1,20}|=-?[0-9.]{1,60})~(?P<position>.+)")


@dataclass(frozen=True, slots=True)
class Place:
    """The time and number of an interaction. group: the part of an order in which it is (orders.py), "" by time alone.

    worth: its value, where the order is by that.
    """

    at: datetime
    id: int
    group: str = ""
    worth: Decimal | None = None

    @property
    def token(self) -> str:
        """The place as it stands in an address."""
        position = Position(self.at, INTERACTION, self.id).token
        group = f"={self.worth:f}" if self.worth is not None else self.group
        return f"{group}~{position}" if group else position


def parse_place(text: str) -> Place:
    """Read a token, or a time. Raises BadPosition."""
    told = GROUPED.fullmatch(text)
    place = place_of(parse_position(told["position"] if told else text))
    if told is None:
        return place
    group = told["group"]
    if not group.startswith("="):
        return Place(place.at, place.id, group)
    worth = Decimal(group[1:]) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", group[1:]) else None
    if worth is None:
        raise BadPosition(f"{text[:60]!r} is no place that a page gave")
    return Place(place.at, place.id, "with", worth)


def place_of(position: Position) -> Place:
    """The place of a position in the stream of everything."""
    return Place(*position.bound(INTERACTION))
