"""Files go when their time is over, when they are deleted, and when somebody in them is erased."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from crm.privacy.actors import Actor
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from journeys.explore.models import Extract, Extracted

State = Extract.State
ERASED = "somebody in it was erased; ask for it again"


def drop_extracts_with(keys: Collection[Any], _: Collection[int]) -> None:
    """Delete the files that these rows (keys) say somebody is in, and those that are being made."""
    for extract in Extracted.objects.filter(pk__in=keys).values_list("extract", flat=True).distinct():
        drop(extract, ERASED, None)
    Extracted.objects.filter(pk__in=keys).delete()


@transaction.atomic
def drop(extract_id: int, reason: str, actor: Actor) -> bool:
    """Delete a file, and say why it is gone; False where it was already. The file first: whoever dies in the middle
    leaves a row without one, not a file without a row.
    """
    held = Extract.objects.select_for_update().filter(pk=extract_id, state__in=[State.WAITING, State.READY]).first()
    if held is None:
        return False
    if held.file and default_storage.exists(held.file):
        default_storage.delete(held.file)
    held.file, held.state, held.reason, held.expires_at = "", State.GONE, reason, None
    held.save(update_fields=["file", "state", "reason", "expires_at"])
    Extracted.objects.filter(extract=held).delete()
    note(actor, Act.EXPORTED, subject=f"explore file {held.public_id}: gone")
    return True


def expire(now: datetime) -> int:
    """Delete the files whose time is over; returns how many."""
    over = Extract.objects.filter(expires_at__lte=now, state=State.READY).values_list("pk", flat=True)
    return sum(drop(one, "its time was over", None) for one in list(over))
