"""Tasks: what is to be done for a customer by when; done, and taken back."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from journeys.work.deeds import Hand, log, plain_text, undo
from journeys.work.models import LONGEST_SUBJECT, Deed, Task


@transaction.atomic
def add_task(
    identifier_id: int,
    what: str,
    due_at: datetime,
    hand: Hand,
    *,
    owner: User | None = None,
    call_id: int | None = None,
) -> Task:
    """Have something done by a time. owner: nobody where anybody may do it. Raises WorkRefused."""
    said = plain_text(what, LONGEST_SUBJECT, "what is to be done, in words")
    made = Task.objects.create(
        identifier_id=identifier_id, what=said, due_at=due_at, owner=owner, made_by=hand.user, made_at=timezone.now(),
        call_id=call_id,
    )  # fmt: skip
    day = timezone.localtime(due_at).strftime("%-d %B, %H:%M")
    log(identifier_id, Deed.Kind.TASK, made.pk, f"To do by {day}: {said}", hand, made.made_at)
    return made


@transaction.atomic
def finish_task(task: Task, hand: Hand) -> bool:
    """A task is done; False when it was already, or was taken back."""
    standing = Task.objects.filter(pk=task.pk, done_at=None, withdrawn_at=None)
    if not standing.update(done_at=timezone.now(), done_by=hand.user):
        return False
    log(task.identifier_id, Deed.Kind.TASK, task.pk, f"Done: {task.what}", hand)
    return True


@transaction.atomic
def reopen_task(task: Task, hand: Hand) -> bool:
    """A task is to be done after all; False when it is."""
    if not Task.objects.filter(pk=task.pk, done_at__isnull=False).update(done_at=None, done_by=None):
        return False
    log(task.identifier_id, Deed.Kind.TASK, task.pk, f"To be done after all: {task.what}", hand)
    return True


@transaction.atomic
def drop_task(task: Task, hand: Hand) -> bool:
    """Take a task back; False when it was already, or is done."""
    standing = Task.objects.filter(pk=task.pk, done_at=None, withdrawn_at=None)
    if not standing.update(withdrawn_at=timezone.now()):
        return False
    undo(task.identifier_id, Deed.Kind.TASK, task.pk, f"No longer to do: {task.what}", hand)
    return True
