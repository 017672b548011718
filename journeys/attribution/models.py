"""Conversions: what a contact was worth in the end."""

from django.conf import settings
from django.db import models

from crm.fields import SoftForeignKey
from crm.privacy.personal import Identifiers, Lasts, Personal


class Conversion(models.Model):
    """An outcome that is worth something, with who said so. Never changed: taken back, and said anew.

    currency: ISO 4217. order: the number of the order, where there is one.
    """

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="at")

    class Kind(models.TextChoices):
        SALE = "sale", "Sale"
        UPGRADE = "upgrade", "Upgrade"
        RETAINED = "retained", "Kept the booking"

    identifier = SoftForeignKey("crm.Identifier")
    interaction = SoftForeignKey("journeys.Interaction", null=True)
    call = SoftForeignKey("journeys.Call", null=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SALE)
    value = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    order = models.CharField(max_length=120, blank=True, default="")
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["identifier", "-at", "-id"], name="conversion_of_identifier"),
            models.Index(fields=["at", "id"], name="conversion_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
