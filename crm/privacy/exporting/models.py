"""Exports of everything that is held on one customer."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.privacy.personal import Ageing, Customers, Personal


class Export(models.Model):
    """Everything held on one customer, in one file: asked for, made, checked by a second person, there for a while.

    customer_id: their number. done, total: kinds of rows. counts: rows by model. The file and the row go with them.
    """

    personal = Personal(
        (Customers("customer_id"),),
        ages=(
            Ageing(
                "exports",
                "checked_at",
                "Finished exports",
                "Their files, counted from the second person’s check.",
                default=7,
                where={"state": "ready"},
                by="crm.privacy.exporting.asking.end",
            ),
        ),
        tells=("reason",),
    )

    class State(models.TextChoices):
        WAITING = "waiting", "waiting to be made"
        MADE = "made", "waiting for a second person's check"
        READY = "ready", "ready to download"
        REFUSED = "refused", "refused"
        EXPIRED = "expired", "expired"

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    customer_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=500)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    file = models.FileField(max_length=200, blank=True, default="")
    bytes = models.BigIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    made_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], name="export_waiting", condition=Q(state="waiting")),
            models.Index(fields=["expires_at"], name="export_expires", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["customer_id"], name="export_of_customer"),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}: {self.state}"

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @property
    def file_name(self) -> str:
        """Where its file is kept; empty while or once it has none."""
        return str(self.file.name or "")

    def can_be_downloaded(self, now: datetime) -> bool:
        return self.state == self.State.READY and self.expires_at is not None and now < self.expires_at
