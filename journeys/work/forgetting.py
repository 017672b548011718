"""What staff did in calls goes with them."""

from collections.abc import Collection

from journeys.calls.models import Call
from journeys.work.models import Deed


def drop_calls(calls: Collection[int]) -> None:
    """Delete calls (ids), and what the journey tells of how they were worked on."""
    Deed.objects.filter(kind=Deed.Kind.CALL, row_id__in=calls)._raw_delete("default")
    Call.objects.filter(pk__in=calls)._raw_delete("default")
