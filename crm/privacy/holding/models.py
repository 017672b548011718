"""Legal holds: nothing of somebody goes until they are lifted, by age or by erasure."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.fields import SoftForeignKey
from crm.privacy.personal import Identifiers, Lasts, Personal, RowsOf


class LegalHold(models.Model):
    """A hold that somebody put on a customer, and lifted. It hangs off the identifiers that they had then: whoever any
    of these is part of is held, whatever is merged or split since.
    """

    personal = Personal(
        (RowsOf("crm.HeldIdentifier", {"id": "hold_id"}),),
        blank={"reason": "", "lifted_because": ""},
        ages=Lasts.PROOF,
        tells=("reason", "lifted_because"),
    )

    reason = models.CharField(max_length=500)
    put_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    put_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["id"], name="hold_stands", condition=Q(lifted_at=None))]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class HeldIdentifier(models.Model):
    """An identifier that a hold is on."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER)

    hold = SoftForeignKey(LegalHold)
    identifier = SoftForeignKey("crm.Identifier")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hold", "identifier"], name="held_once")]
        indexes = [models.Index(fields=["identifier"], name="held_by_identifier")]

    def __str__(self) -> str:
        return f"identifier {self.identifier_id} of hold {self.hold_id}"
