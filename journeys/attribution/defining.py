"""Changing what counts as a conversion: every change is kept, with who and when, and the last can be taken back.

A definition keeps its id through that: conversions name it. Only what changed is counted anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from crm import changes
from crm.identity.resolving import lock, lock_number
from journeys.attribution.definitions import begin_anew
from journeys.attribution.models import ConversionDefinition, DefinitionChange

DEFINING_LOCK = lock_number("journeys", "definitions")  # one change at a time, from its reading of what stands
NOTHING: dict[str, Any] = {"definitions": []}
# What makes other rows when it changes; the rest is read with them.
COUNTED_BY = ("channel", "events", "conditions", "value_field", "fixed", "currency", "once", "order_field", "days",
              "refunds", "cancels", "is_active")  # fmt: skip
COLUMNS = ("name", "lookback", "is_by_phone", "stage", *COUNTED_BY)


def standing() -> dict[str, Any]:
    """The definitions as they are, as they are kept with a change."""
    rows = ConversionDefinition.objects.order_by("pk").values("id", *COLUMNS)
    return {"definitions": [{**row, "fixed": str(row["fixed"])} for row in rows]}


@contextmanager
def changing(actor: User, said: str) -> Iterator[None]:
    """Within it, definitions may be changed. What stood before the first change is kept too."""
    with transaction.atomic():
        lock([DEFINING_LOCK])
        if not DefinitionChange.objects.exists():
            DefinitionChange.objects.create(content=standing(), said="The definitions as they stood")
        yield
        DefinitionChange.objects.create(content=standing(), said=said[:300], actor=actor)


def save(definition: ConversionDefinition, actor: User) -> None:
    """Keep a definition that was added or changed; what was recorded before is counted by it in the background."""
    with changing(actor, f"{'Changed' if definition.pk else 'Defined'} {definition.name}"):
        before = ConversionDefinition.objects.filter(pk=definition.pk).first()
        if before is None:
            definition.save()
        else:
            definition.save(update_fields=COLUMNS)
            count_anew_if_changed(before, definition)


def count_anew_if_changed(before: ConversionDefinition, after: ConversionDefinition) -> None:
    if any(getattr(before, name) != getattr(after, name) for name in COUNTED_BY):
        begin_anew(after)


@transaction.atomic
def undo(change: DefinitionChange, actor: User) -> bool:
    """Let the definitions be what they were before the last change; False when it is no longer the last.

    One that was new counts nothing any more; it stays, switched off, for it may be named.
    """
    if not changes.undo_last(change, NOTHING, actor, DEFINING_LOCK):
        return False
    restore(DefinitionChange.objects.latest("pk").content["definitions"])
    return True


def restore(kept: list[dict[str, Any]]) -> None:
    """Let these be the definitions."""
    wanted = {one["id"]: one for one in kept}
    for standing_one in ConversionDefinition.objects.all():
        before = ConversionDefinition.objects.get(pk=standing_one.pk)
        told = wanted.get(standing_one.pk, {"is_active": False})
        for name in COLUMNS:
            setattr(standing_one, name, told.get(name, getattr(standing_one, name)))
        standing_one.save(update_fields=COLUMNS)
        standing_one.refresh_from_db()
        count_anew_if_changed(before, standing_one)
