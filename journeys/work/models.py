"""What staff do for customers: notes, cases, tasks, promises, and the log of all of it that the journey shows.

Each hangs off an identifier, the customer's most telling one at that time, so that a merge and an unmerge move nothing.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.fields import SoftForeignKey
from crm.privacy.personal import Identifiers, Lasts, Nothing, Personal, RowsOf

LONGEST_SUBJECT = 200


def staff(**options: Any) -> "models.ForeignKey[Any, Any]":
    """Somebody of the staff; nobody where a program did it."""
    told: dict[str, Any] = {"null": True, "related_name": "+", "db_index": False}
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, **told | options)


class Deed(models.Model):
    """One thing that was done for a customer, as the journey shows it. Append-only, but for undone_at.

    kind, row_id: what it was done to, a row of that kind. said: a sentence. by: a program's name, where there is no
    actor.
    """

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="at", tells=("said",))

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        CASE = "case", "Case"
        TASK = "task", "Task"
        PROMISE = "promise", "Promise"
        SALE = "sale", "Sale"
        CALL = "call", "Call"

    identifier = SoftForeignKey("crm.Identifier")
    kind = models.CharField(max_length=7, choices=Kind)
    row_id = models.BigIntegerField()
    said = models.TextField()
    actor = staff()
    by = models.CharField(max_length=80, blank=True, default="")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = "thing done", "things done for them"
        indexes = [
            models.Index(fields=["identifier", "at", "id"], name="deed_timeline"),
            models.Index(fields=["kind", "row_id", "id"], name="deed_of_row"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class Note(models.Model):
    """What somebody of the staff wrote of a customer. is_delicate: for whoever speaks to them, not to be said."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="at", tells=("body",))

    identifier = SoftForeignKey("crm.Identifier")
    call = SoftForeignKey("journeys.Call", null=True)
    body = models.TextField()
    is_delicate = models.BooleanField(default=False)
    author = staff()
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = staff()

    class Meta:
        indexes = [models.Index(fields=["identifier", "-id"], name="note_of_identifier")]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Mention(models.Model):
    """Somebody whom a note calls upon, until they have seen it."""

    personal = Personal((RowsOf("journeys.Note", {"note_id": "id"}),), ages=Lasts.WITH)

    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions")
    user = staff(null=False)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="mention_once")]
        indexes = [models.Index(fields=["user", "-id"], name="mention_unseen", condition=Q(seen_at=None))]

    def __str__(self) -> str:
        return f"mention {self.pk}"


class Case(models.Model):
    """Something of a customer's that is not settled. Its history are its deeds. order: the order that it is about."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="opened_at", tells=("subject",))

    class State(models.TextChoices):
        OPEN = "open", "Open"
        WAITING = "waiting", "Waiting for the customer"
        CLOSED = "closed", "Closed"

    identifier = SoftForeignKey("crm.Identifier")
    call = SoftForeignKey("journeys.Call", null=True)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    order = models.CharField(max_length=120, blank=True, default="")
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    owner = staff()
    opened_by = staff()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["identifier", "-id"], name="case_of_identifier"),
            models.Index(fields=["owner", "-id"], name="case_of_owner", condition=Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class Task(models.Model):
    """Something to do for a customer by a time. owner: nobody where anybody may do it."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="due_at", tells=("what",))

    identifier = SoftForeignKey("crm.Identifier")
    call = SoftForeignKey("journeys.Call", null=True)
    what = models.CharField(max_length=LONGEST_SUBJECT)
    due_at = models.DateTimeField()
    owner = staff()
    made_by = staff()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = staff()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["identifier", "-id"], name="task_of_identifier"),
            models.Index(
                fields=["owner", "due_at"], name="task_of_owner", condition=Q(done_at=None, withdrawn_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"

    def is_due(self, now: datetime) -> bool:
        return self.due_at <= now


class Promise(models.Model):
    """What we promised a customer until when. kept: nothing yet while it stands."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="until", tells=("what",))

    identifier = SoftForeignKey("crm.Identifier")
    call = SoftForeignKey("journeys.Call", null=True)
    what = models.CharField(max_length=LONGEST_SUBJECT)
    until = models.DateTimeField()
    made_by = staff()
    made_at = models.DateTimeField()
    kept = models.BooleanField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = staff()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["identifier", "-id"], name="promise_of_identifier")]

    def __str__(self) -> str:
        return f"promise {self.pk}"


class WrapChoice(models.Model):
    """A word that a call is wrapped up with: why it came, or what became of it. is_sale: it asks for a value."""

    personal = Nothing(("word", "label"))

    class Kind(models.TextChoices):
        REASON = "reason", "Why they rang"
        OUTCOME = "outcome", "What became of it"

    kind = models.CharField(max_length=7, choices=Kind)
    word = models.SlugField(max_length=40)
    label = models.CharField(max_length=60)
    position = models.PositiveIntegerField(default=0)
    is_sale = models.BooleanField(default=False)
    is_offered = models.BooleanField(default=True)

    class Meta:
        ordering = ["kind", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["kind", "word"], name="wrap_choice_once")]

    def __str__(self) -> str:
        return self.label
