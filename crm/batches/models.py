"""Batches: many decisions as one act, carried out piece by piece, and undone as a whole."""

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models

from crm.fields import SoftForeignKey
from crm.privacy.personal import Lasts, Mentions, Nothing, Personal
from crm.sql import cursor, recordset

NOTE = """
    UPDATE crm_batchline l SET outcome = n.outcome, said = n.said, link_id = coalesce(n.link, l.link_id)
    FROM json_to_recordset(%s) AS n (number int, outcome text, said text, link bigint)
    WHERE l.batch_id = %s AND l.number = n.number
"""


class Batch(models.Model):
    """Many decisions as one act: the merges or the consents of a spreadsheet, or taking back what a source joined.

    First it is checked, and nothing has happened; then somebody says yes. It is carried out in short transactions, each
    of which notes how far it is: whoever dies in the middle, the next one goes on. total, done: lines, of the state it
    is in. figures: how many lines came to each outcome. since: of the links that are taken back.
    """

    personal = Nothing(("name", "note", "figures"))

    class What(models.TextChoices):
        MERGE = "merge", "merges from a spreadsheet"
        WITHDRAW = "withdraw", "what a source joined, taken back"
        CONSENT = "consent", "consents from a spreadsheet"

    class State(models.TextChoices):
        CHECKING = "checking", "being checked"
        READY = "ready", "waiting for a yes"
        RUNNING = "running", "being carried out"
        DONE = "done", "done"
        UNDOING = "undoing", "being undone"
        UNDONE = "undone", "undone"
        DROPPED = "dropped", "dropped, and nothing was done"

    UNDER_WAY = frozenset({State.CHECKING, State.RUNNING, State.UNDOING})

    what = models.CharField(max_length=8, choices=What.choices)
    name = models.CharField(max_length=200, help_text="The file's, or the source's.")
    source = models.ForeignKey("crm.Source", null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.CHECKING)
    note = models.CharField(max_length=300, blank=True, default="")
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    figures = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(
                fields=["id"], name="batch_under_way", condition=models.Q(state__in=["checking", "running", "undoing"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.what}: batch {self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def by(self) -> str:
        """Whose act it is, by name."""
        return said_name(self.actor)

    @property
    def undoer(self) -> str:
        return said_name(self.undone_by)

    def count(self, *outcomes: str) -> int:
        """How many lines came to one of these."""
        return sum(int(self.figures.get(outcome, 0)) for outcome in outcomes)


def said_name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else "the command line"


class BatchLineQuerySet(models.QuerySet["BatchLine"]):
    def note(self, batch: Batch, lines: Sequence["BatchLine"]) -> None:
        """Write down what came of these lines of a batch; Django's own update of many takes minutes for 100,000."""
        rows = [(line.number, line.outcome, line.said, line.link_id) for line in lines]
        if rows:
            with cursor() as sql:
                sql.execute(NOTE, [recordset("number outcome said link", rows), batch.pk])


class BatchLine(models.Model):
    """One line of a batch: whom it names, what came of it, and the links that it made or took back.

    a, b: as they were written; the customers of a line of links; of consents, whose and which. number: its line in
    the file.
    """

    personal = Personal((Mentions("a", "b"),), blank={"a": "", "b": "", "said": ""}, ages=Lasts.PROOF)

    class Outcome(models.TextChoices):
        WAITING = "", "not looked at yet"
        READY = "ready", "would be done"
        ALREADY = "already", "nothing to do"
        REFUSED = "refused", "refused"
        DONE = "done", "done"
        UNDONE = "undone", "undone"

    pk = models.CompositePrimaryKey("batch_id", "number")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="lines", db_index=False)
    number = models.IntegerField()
    a = models.CharField(max_length=400, blank=True)
    b = models.CharField(max_length=400, blank=True)
    outcome = models.CharField(max_length=7, choices=Outcome.choices, blank=True, default=Outcome.WAITING)
    said = models.CharField(max_length=300, blank=True, default="")
    link = SoftForeignKey("crm.Link", null=True)

    objects = BatchLineQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["batch", "outcome", "number"], name="batch_line_by_outcome")]

    def __str__(self) -> str:
        return f"line {self.number} of batch {self.batch_id}"
