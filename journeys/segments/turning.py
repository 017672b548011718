"""The worker's turn at the segments: what changed, what time alone changes, and those that were made or changed."""

import time
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from journeys.attribution.following import settled
from journeys.attribution.locking import is_alone
from journeys.attribution.models import Place
from journeys.segments.changing import PREFIX, READ, changed_since
from journeys.segments.forgetting import SEGMENTS_LOCK
from journeys.segments.keeping import AT_ONCE, look_at, look_at_all
from journeys.segments.models import CustomerSegment, Look
from journeys.segments.walking import EVERYBODY, next_piece

Ceilings = Mapping[str, int | None]


def keep(seconds: float) -> bool:
    """Keep all segments up for so long; returns whether there is more to do."""
    if not CustomerSegment.objects.exists():
        Place.objects.filter(name__startswith=PREFIX).delete()  # the first one that is made looks at everybody
        return False
    ceilings = {table: settled(table) for table in READ}
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if not do_piece(ceilings, timezone.now()):
            return False
    return True


@transaction.atomic
def do_piece(ceilings: Ceilings, now: datetime) -> bool:
    """One piece of what there is to do; False where there is nothing, or somebody else is at it."""
    if not is_alone(SEGMENTS_LOCK):
        return False
    return follow(ceilings, now) or look_at_due(now) or walk_on(now)


def follow(ceilings: Ceilings, now: datetime) -> bool:
    """Look at those of whom something changed; False where nothing did."""
    places = places_now(ceilings)
    change = changed_since(places, ceilings)
    look_at_all(list(CustomerSegment.objects.all()), change.customers, now)
    for table, place in change.places.items():
        Place.objects.update_or_create(name=named(table), defaults={"upto": place})
    return bool(change.places)


def named(table: str) -> str:
    """What the place of a table is called."""
    return f"{PREFIX}{table.partition('_')[2]}"


def places_now(ceilings: Ceilings) -> dict[str, int]:
    """Up to where each table was looked at; of one that never was, from now on."""
    kept = dict(Place.objects.filter(name__startswith=PREFIX).values_list("name", "upto"))
    fresh = {table: ceiling or 0 for table, ceiling in ceilings.items() if named(table) not in kept}
    Place.objects.bulk_create(Place(name=named(table), upto=place) for table, place in fresh.items())
    return {table: kept.get(named(table), fresh.get(table, 0)) for table in READ}


def look_at_due(now: datetime) -> bool:
    """Look at those whose time has come; False where there are none."""
    due = list(Look.objects.filter(due_at__lte=now).order_by("due_at").select_related("segment")[:AT_ONCE])
    due.sort(key=lambda one: one.segment_id)
    for _, some in groupby(due, key=lambda one: one.segment_id):
        looks = list(some)
        look_at(looks[0].segment, [one.customer_id for one in looks], now)
    return bool(due)


def walk_on(now: datetime) -> bool:
    """Look at some more for a segment that was made or changed; False where none was."""
    segment = CustomerSegment.objects.exclude(walk=None).order_by("pk").first()
    if segment is None:
        return False
    piece = next_piece(segment, now)
    look_at_all([segment], piece.customers, now)
    is_by_number = piece.walk is not None and piece.walk["phase"] == EVERYBODY
    walked = piece.walk["at"] if is_by_number and piece.walk else segment.walked + piece.rows
    CustomerSegment.objects.filter(pk=segment.pk).update(walk=piece.walk, walked=walked, kept_at=now)
    return True
