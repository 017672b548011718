"""What admins do with destinations: make and change them, pause, remove and bring back, take all back, send again."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from integrations.uploads.models import Destination, Upload
from integrations.uploads.planning import note_again, note_since

State = Upload.State
AGAIN = (State.REFUSED, State.FAILED, State.LEFT_OUT)  # what it makes sense to look at, or send, again


@transaction.atomic
def save(destination: Destination, actor: User, now: datetime) -> None:
    """Keep a new destination, or what was changed of one. What was fetched by its former credentials is dropped."""
    said = "changed" if destination.pk else "made"
    destination.token, destination.token_until, destination.said = "", None, ""
    destination.save()
    note_since(destination.since, now)
    noted(destination, actor, said)


@transaction.atomic
def pause(destination: Destination, actor: User, now: datetime) -> None:
    """Send nothing until it is resumed; what happens meanwhile waits, and grows too old in the end."""
    destination.paused_at = destination.paused_at or now
    destination.paused_for = destination.paused_for or Destination.Why.STAFF
    destination.save(update_fields=["paused_at", "paused_for"])
    noted(destination, actor, "paused")


@transaction.atomic
def resume(destination: Destination, actor: User) -> None:
    destination.paused_at, destination.paused_for, destination.failing_since, destination.said = None, "", None, ""
    destination.save(update_fields=["paused_at", "paused_for", "failing_since", "said"])
    noted(destination, actor, "resumed")


@transaction.atomic
def remove(destination: Destination, actor: User, now: datetime) -> None:
    """Tell it nothing any more: what waits is not sent either. It can be brought back."""
    destination.removed_at = destination.removed_at or now
    destination.save(update_fields=["removed_at"])
    noted(destination, actor, "removed")


@transaction.atomic
def bring_back(destination: Destination, actor: User, now: datetime) -> None:
    """Have it told again, also of what happened meanwhile."""
    destination.removed_at = None
    destination.save(update_fields=["removed_at"])
    note_since(destination.since, now)
    noted(destination, actor, "brought back")


@transaction.atomic
def take_all_back(destination: Destination, actor: User, now: datetime, *, is_back: bool) -> None:
    """Have all that was told taken back, as far as the vendor lets us; or told anew."""
    destination.is_taken_back = is_back
    destination.save(update_fields=["is_taken_back"])
    note_since(destination.since, now)
    noted(destination, actor, "all taken back" if is_back else "told anew")


@transaction.atomic
def again(upload: Upload, now: datetime) -> bool:
    """Look at an upload again that was left out, or send it that was refused or given up; False where it is neither."""
    if upload.state == State.LEFT_OUT:
        note_again([upload.conversion])
        return True
    rows = Upload.objects.filter(pk=upload.pk, state__in=AGAIN)
    return bool(rows.update(state=State.WAITING, due_at=now, attempts=0, why=""))


def noted(destination: Destination, actor: User, said: str) -> None:
    note(actor, Act.SET, subject=f"upload destination {destination.pk}: {said}")
