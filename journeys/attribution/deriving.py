"""Touchpoints and conversions, kept up with what is recorded, in bites: each writes what it found with how far it got.

The same bite again changes nothing; two at once are one after the other. Every bite works out whole visits, so it does
not matter in which order they were recorded, nor how often they are looked at.
"""

import time

import structlog
from django.db import transaction

from journeys.attribution.changing import INTERACTIONS, TABLES, changed_since
from journeys.attribution.definitions import standing_definitions
from journeys.attribution.following import settled
from journeys.attribution.groups import standing
from journeys.attribution.keeping import keep
from journeys.attribution.locking import DERIVING, is_alone
from journeys.attribution.merging import LOG, judge_moved, moved_since
from journeys.attribution.models import Place
from journeys.attribution.reading import read_calls, read_messages, read_visits
from journeys.attribution.tallying import tally
from journeys.interactions.models import Interaction

log = structlog.get_logger(__name__)
BITE = 5_000  # rows of one table
# To be put into statements that read touchpoints (t) with their identifiers (i): whether they may be counted.
COUNTED = "(t.channel <> 'web' OR NOT i.is_withheld)"


def derive(seconds: float, limit: int = BITE) -> bool:
    """Work for so long; returns whether there is more that nobody else is at."""
    ends_at = time.monotonic() + seconds
    ceilings = {table: settled(table) for table in (*TABLES, LOG)}
    while take_bite(ceilings, limit):
        if time.monotonic() >= ends_at:
            return True
    return False


@transaction.atomic
def take_bite(ceilings: dict[str, int | None], limit: int) -> int:
    """Derive what changed in the next rows up to those numbers; returns how many rows were looked at."""
    if not is_alone(DERIVING):
        return 0
    places = {place.name: place.upto for place in Place.objects.all()}
    change = changed_since(places, ceilings, limit)
    visits, begun = read_visits(change.hits)
    touches = [*begun, *read_calls(change.calls), *read_messages(change.messages)]
    keep(touches, visits, [*change.calls, *change.messages], standing())
    definitions, moved = standing_definitions(), moved_since(places, ceilings[LOG])
    tally(definitions, [*change.pages, *change.calls, *change.messages])
    judge_moved(definitions, moved.customers)
    for name, upto in {**change.places, LOG: moved.upto}.items():
        Place.objects.update_or_create(name=name, defaults={"upto": upto})
    if touches:
        log.info("touchpoints.derived", rows=change.rows, touchpoints=len(touches))
    return change.rows + moved.rows


def begin_anew() -> None:
    """Have everything derived again, from the first row on. What stands, stands until it is looked at."""
    with transaction.atomic():
        Place.objects.filter(name=INTERACTIONS).update(upto=0)


def how_far() -> tuple[int, int]:
    """(the number of the interaction up to which it was derived, that of the last one)."""
    place = Place.objects.filter(name=INTERACTIONS).values_list("upto", flat=True).first() or 0
    return place, Interaction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
