"""Making, changing and removing segments: every change is kept, with who and when, and the last can be taken back.

A segment keeps its id through that: views and rooms above name it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm import changes
from crm.errors import ThroughlineError
from crm.identity.resolving import lock
from journeys.segments.definitions import read
from journeys.segments.forgetting import SEGMENTS_LOCK
from journeys.segments.models import CustomerSegment, Look, Member, Passage, SegmentChange, SegmentSize
from journeys.segments.walking import about, beginning

MOST = 50  # segments: each looks at everybody of whom something changed
NOTHING: dict[str, Any] = {"segments": []}
KEPT = ("id", "name", "definition")


class SegmentRefused(ThroughlineError):
    """A segment that is not kept; its text says the remedy."""


def standing() -> dict[str, Any]:
    """The segments as they are, as they are kept with a change."""
    return {"segments": list(CustomerSegment.objects.order_by("pk").values(*KEPT))}


@contextmanager
def changing(actor: User, said: str) -> Iterator[None]:
    """Within it, the segments may be changed; said: what is, in words. What stood before the first change is kept."""
    with transaction.atomic():
        lock([SEGMENTS_LOCK])
        if not SegmentChange.objects.exists():
            SegmentChange.objects.create(content=standing(), said="The segments as they stood")
        yield
        SegmentChange.objects.create(content=standing(), said=said[:300], actor=actor)


def save(segment: CustomerSegment, actor: User) -> None:
    """Keep a segment that was made or changed; who is in it is worked out in the background. Raises SegmentRefused."""
    with changing(actor, f"{'Changed' if segment.pk else 'Made'} the segment {segment.name}"):
        before = CustomerSegment.objects.filter(pk=segment.pk).first()
        if before is None and CustomerSegment.objects.count() >= MOST:
            raise SegmentRefused(f"there are {MOST} segments already; remove one first")
        if before is None or before.definition != segment.definition:
            start(segment)
        segment.made_by = segment.made_by or actor
        segment.save()


def start(segment: CustomerSegment) -> None:
    """Have everybody looked at for a segment."""
    segment.walk, segment.walked = beginning(), 0
    segment.about = about(read(segment.definition), timezone.now())


def remove(segment: CustomerSegment, actor: User) -> None:
    """Remove a segment, with who is in it; brought back, who is in it is worked out anew."""
    with changing(actor, f"Removed the segment {segment.name}"):
        drop(segment.pk)


def drop(segment_id: int) -> None:
    for rows in (Member, Passage, Look, SegmentSize):
        rows.objects.filter(segment=segment_id).delete()
    CustomerSegment.objects.filter(pk=segment_id).delete()


@transaction.atomic
def undo(change: SegmentChange, actor: User) -> bool:
    """Let the segments be what they were before the last change; False when it is no longer the last."""
    if not changes.undo_last(change, NOTHING, actor, SEGMENTS_LOCK):
        return False
    restore(SegmentChange.objects.latest("pk").content["segments"])
    return True


def restore(segments: list[dict[str, Any]]) -> None:
    """Let these be the segments."""
    for gone in CustomerSegment.objects.exclude(pk__in=[one["id"] for one in segments]):
        drop(gone.pk)
    for one in segments:
        found = CustomerSegment.objects.filter(pk=one["id"]).first() or CustomerSegment(pk=one["id"])
        if found.definition != one["definition"]:
            found.definition = one["definition"]
            start(found)
        found.name = one["name"]
        found.save()
