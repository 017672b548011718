"""Restrictions of processing (GDPR, article 18): what is held on somebody is stored, and hardly used for anything."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.fields import SoftForeignKey
from crm.privacy.personal import Identifiers, Lasts, Personal, RowsOf


class Restriction(models.Model):
    """A restriction that somebody put on a customer, and lifted. As a legal hold, it hangs off the identifiers that
    they had then: whoever any of these is part of is restricted, whatever is merged or split since.
    """

    personal = Personal(
        (RowsOf("crm.RestrictedIdentifier", {"id": "restriction_id"}),),
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
        indexes = [models.Index(fields=["id"], name="restriction_stands", condition=Q(lifted_at=None))]

    def __str__(self) -> str:
        return f"restriction {self.pk}"


class RestrictedIdentifier(models.Model):
    """An identifier that a restriction is on."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER)

    restriction = SoftForeignKey(Restriction)
    identifier = SoftForeignKey("crm.Identifier")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["restriction", "identifier"], name="restricted_once")]
        indexes = [models.Index(fields=["identifier"], name="restricted_by_identifier")]

    def __str__(self) -> str:
        return f"identifier {self.identifier_id} of restriction {self.restriction_id}"
