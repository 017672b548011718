"""What happens to segments when somebody is erased: they leave, without a trace, and the size says so."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from crm.identity.resolving import lock
from journeys.segments.models import Member, SegmentSize

SEGMENTS_LOCK = 0x7365676D  # whoever changes who is in a segment, or which segments there are, has it


def forget_members(keys: Collection[Any], _: Collection[int]) -> None:
    """Let these members (keys) go."""
    lock([SEGMENTS_LOCK])
    gone = Member.objects.filter(pk__in=keys)
    counts = Counter[tuple[int, str]](gone.values_list("segment_id", "brand"))
    gone.delete()
    for segment in {one for one, _ in counts}:
        resize(segment, {brand: -n for (of, brand), n in counts.items() if of == segment}, timezone.localdate())


def resize(segment_id: int, by: Mapping[str, int], on: date) -> None:
    """Note that a segment grew or shrank by so many of each brand. The caller lets nobody else do so."""
    for brand, change in by.items():
        last = SegmentSize.objects.filter(segment=segment_id, brand=brand).order_by("-on").first()
        size = max(0, (last.size if last else 0) + change)
        SegmentSize.objects.update_or_create(
            segment_id=segment_id, brand=brand, on=max(on, last.on) if last else on, defaults={"size": size}
        )
