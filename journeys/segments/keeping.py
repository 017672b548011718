"""Keeping segments: who is looked at for which, who enters and who leaves."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from crm.identity.models import Customer
from journeys.segments.definitions import read
from journeys.segments.forgetting import resize
from journeys.segments.matching import Judged, judged
from journeys.segments.models import CustomerSegment, Look, Member, Passage

log = structlog.get_logger(__name__)
AT_ONCE = 300  # customers that are looked at at once


@transaction.atomic
def look_at(segment: CustomerSegment, customers: Collection[int], now: datetime) -> int:
    """Look at some customers (ids) for a segment; returns how many came or went. The caller lets nobody else do so."""
    asked = sorted(set(customers))
    inside, looks = judged(read(segment.definition), asked, now)
    before = dict(Member.objects.filter(segment=segment, customer_id__in=asked).values_list("customer_id", "brand"))
    entered, left = inside - set(before), set(before) - inside
    brands = dict(Customer.objects.filter(pk__in=entered).values_list("pk", "brand"))
    Member.objects.bulk_create(
        Member(segment=segment, customer_id=one, brand=brands[one], since=now) for one in sorted(entered)
    )
    Member.objects.filter(segment=segment, customer_id__in=left).delete()
    note_passages(segment, entered, left, now)
    change = Counter(brands[one] for one in entered)
    change.subtract(before[one] for one in left)
    resize(segment.pk, change, timezone.localdate(now))
    look_later(segment, asked, looks)
    CustomerSegment.objects.filter(pk=segment.pk).update(kept_at=now)
    return len(entered) + len(left)


def note_passages(segment: CustomerSegment, entered: Iterable[int], left: Iterable[int], now: datetime) -> None:
    passages = [(one, True) for one in sorted(entered)] + [(one, False) for one in sorted(left)]
    Passage.objects.bulk_create(
        Passage(segment=segment, customer_id=one, has_entered=has_entered, at=now) for one, has_entered in passages
    )


def look_later(segment: CustomerSegment, asked: Sequence[int], looks: Judged) -> None:
    """Keep when each of those who were asked for has to be looked at again; the others need not be."""
    due = {one: at for one, at in looks.items() if at is not None}
    Look.objects.filter(segment=segment, customer_id__in=set(asked) - set(due)).delete()
    Look.objects.bulk_create(
        (Look(segment=segment, customer_id=one, due_at=at) for one, at in sorted(due.items())),
        update_conflicts=True, unique_fields=["segment", "customer_id"], update_fields=["due_at"],
    )  # fmt: skip


def look_at_all(segments: Sequence[CustomerSegment], customers: Iterable[int], now: datetime) -> None:
    """Look at customers (ids) for every one of these segments."""
    asked = sorted(set(customers))
    for start in range(0, len(asked), AT_ONCE):
        for segment in segments:
            look_at(segment, asked[start : start + AT_ONCE], now)
