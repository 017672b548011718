"""Undoing what stands in the identity log: any decision, in any order, and the undoing too."""

from collections.abc import Collection, Iterable

from django.contrib.auth.models import User

from crm.errors import UndoRefused
from crm.identity import causes
from crm.identity.merging import restore, withdraw
from crm.identity.models import IdentityEvent, Link


def undo(event: IdentityEvent, actor: User | None) -> list[Link]:
    """Take back the links that a decision made, or put back those that it took back; returns them.

    Raises UndoRefused when that has happened already, or when it was no decision about links.
    """
    links = list(Link.objects.filter(pk__in=event.links))
    changed = restore(links, actor) if event.cause == causes.WITHDRAWN else withdraw(links, actor)
    if not changed:
        raise UndoRefused("nothing of this decision is left to undo")
    return changed


def undoable(events: Iterable[IdentityEvent]) -> set[int]:
    """The ids of those events of which something is left to undo."""
    events = [event for event in events if event.links]
    asked = {link for event in events for link in event.links}
    standing = set(Link.objects.standing().filter(pk__in=asked).values_list("pk", flat=True))
    return {event.pk for event in events if is_left(event, standing)}


def is_left(event: IdentityEvent, standing: Collection[int]) -> bool:
    if event.cause == causes.WITHDRAWN:
        return any(link not in standing for link in event.links)
    return any(link in standing for link in event.links)
