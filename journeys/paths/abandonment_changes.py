"""Changing what counts as giving up: every change is kept, with who and when, and the last can be taken back.

Nothing is derived from a definition, so a change holds at once, for what is past too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from crm import changes
from crm.errors import ThroughlineError
from crm.identity.resolving import lock, lock_number
from journeys.paths.abandonment import AbandonmentChange, AbandonmentDefinition

ABANDONMENT_LOCK = lock_number("journeys", "abandonments")  # one change at a time, from its reading of what stands
NOTHING: dict[str, Any] = {"definitions": []}
MOST = 20  # definitions: the blind spots look for each
KEPT = ("id", "name", "begun", "finished", "conversion_id", "quiet", "days")


class AbandonmentRefused(ThroughlineError):
    """A definition that is not kept; its text says the remedy."""


def standing() -> dict[str, Any]:
    """The definitions as they are, as they are kept with a change."""
    return {"definitions": list(AbandonmentDefinition.objects.order_by("pk").values(*KEPT))}


@contextmanager
def changing(actor: User, said: str) -> Iterator[None]:
    """Within it, definitions may be changed; said: what is, in words. What stood before the first change is kept."""
    with transaction.atomic():
        lock([ABANDONMENT_LOCK])
        if not AbandonmentChange.objects.exists():
            AbandonmentChange.objects.create(content=standing(), said="The definitions as they stood")
        yield
        AbandonmentChange.objects.create(content=standing(), said=said[:300], actor=actor)


def save(definition: AbandonmentDefinition, actor: User) -> None:
    """Keep a definition that was added or changed. Raises AbandonmentRefused."""
    with changing(actor, f"{'Changed' if definition.pk else 'Defined'} {definition.name}"):
        if definition.pk is None and AbandonmentDefinition.objects.count() >= MOST:
            raise AbandonmentRefused(f"there are {MOST} definitions already; remove one first")
        definition.save()


def remove(definition: AbandonmentDefinition, actor: User) -> None:
    """Remove a definition."""
    with changing(actor, f"Removed {definition.name}"):
        AbandonmentDefinition.objects.filter(pk=definition.pk).delete()


@transaction.atomic
def undo(change: AbandonmentChange, actor: User) -> bool:
    """Let the definitions be what they were before the last change; False when it is no longer the last."""
    if not changes.undo_last(change, NOTHING, actor, ABANDONMENT_LOCK):
        return False
    told = AbandonmentChange.objects.latest("pk").content["definitions"]
    AbandonmentDefinition.objects.exclude(pk__in=[one["id"] for one in told]).delete()
    for one in told:
        AbandonmentDefinition.objects.update_or_create(pk=one["id"], defaults=one)
    return True
