"""Marks: what somebody puts on a customer with a reason, and lifts again: legal holds, restrictions of processing."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from crm.fields import SoftForeignKey
from crm.privacy.audit.models import Act
from crm.privacy.personal import Lasts, Personal, RowsOf


def proof_of(parts: str, column: str) -> Personal:
    """How a kind of mark is erased: its words go, and that it stood stays. parts: the model of its identifiers."""
    return Personal(
        (RowsOf(parts, {"id": column}),),
        blank={"reason": "", "lifted_because": ""},
        ages=Lasts.PROOF,
        tells=("reason", "lifted_because"),
    )


class Mark(models.Model):
    """A mark that somebody put on a customer, and lifted. It hangs off the identifiers that they had then (`parts`):
    whoever any of these is part of has it, whatever is merged or split since. act: what the audit log calls it.
    """

    act: ClassVar[Act]

    reason = models.CharField(max_length=500)
    put_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    put_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class MarkedIdentifier(models.Model):
    """An identifier that a mark is on."""

    identifier = SoftForeignKey("crm.Identifier")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.identifier_id}"
