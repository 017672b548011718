"""Erasures, and what keeps the erased from being made again."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.privacy.personal import Customers, Lasts, Nothing, Personal


class Erasure(models.Model):
    """One person's erasure: asked for, checked by a second person, carried out in bites. It stays as the certificate.

    customer_id: their number, which leads to nobody afterwards. step: where it is, in walking's words. cursor: how far
    within a step that reads a table whole. subject: the numbers of identifiers and customers, and the public ids, until
    it is done. counts: rows by model. is_replayed: done anew after a restore, because the ledger says so. is_aged: of
    several customers who were inactive for too long: they are not kept from coming back.
    """

    personal = Personal(
        (Customers("customer_id"),),
        blank={"reason": ""},
        keeps=("step", "subject", "counts"),
        ages=Lasts.PROOF,
        tells=("reason",),
    )

    class State(models.TextChoices):
        ASKED = "asked", "waiting for a second person's yes"
        REFUSED = "refused", "refused"
        STARTING = "starting", "about to start"
        ERASING = "erasing", "being carried out"
        DONE = "done", "done"

    UNDER_WAY = (State.STARTING, State.ERASING)

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    customer_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    step = models.CharField(max_length=80, blank=True, default="")
    cursor = models.BigIntegerField(default=0)
    subject = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    identifiers = models.IntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True, default="")
    is_replayed = models.BooleanField(default=False)
    is_aged = models.BooleanField(default=False, db_default=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], name="erasure_under_way", condition=Q(state__in=["starting", "erasing"])),
            models.Index(fields=["customer_id"], name="erasure_of_customer"),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}: {self.state}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def names_for_ever(self) -> bool:
        """Whether whom it erases goes on the list and into the ledger: after a restore they are there, with who
        consented anew since; and who was inactive may come back.
        """
        return not (self.is_replayed or self.is_aged)

    @property
    def total(self) -> int:
        """How many rows were erased."""
        return sum(self.counts.values())


class ErasureNotice(models.Model):
    """Somebody else who was told of the person by us, and what became of telling them of the erasure.

    whom: as people call them. waiting, told, left: how many of the things they had been told of are still to be taken
    back, were, and stay with them; why: why one stays. remedy: what is left to be done by hand.
    """

    personal = Nothing(("whom", "why", "remedy"))

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="notices")
    whom = models.CharField(max_length=120)
    waiting = models.PositiveIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=200, blank=True, default="")
    remedy = models.CharField(max_length=300, blank=True, default="")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["whom"]
        constraints = [models.UniqueConstraint(fields=["erasure", "whom"], name="erasure_notice_once")]

    def __str__(self) -> str:
        return f"{self.whom}: erasure {self.erasure_id}"


class Suppression(models.Model):
    """The keyed hash of an identifier of somebody who was erased: what carries it is not recorded again.

    lifted_at: since when the person consents anew. What happened before stays suppressed.
    """

    personal = Nothing(("hash",))

    hash = models.CharField(max_length=64, primary_key=True)
    erased_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.hash[:8]
