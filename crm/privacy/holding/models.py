"""Legal holds: nothing of somebody goes until they are lifted, by age or by erasure."""

from django.db import models
from django.db.models import Q

from crm.fields import SoftForeignKey
from crm.privacy.audit.models import Act
from crm.privacy.marking.models import Mark, MarkedIdentifier, proof_of
from crm.privacy.personal import Identifiers, Lasts, Personal


class LegalHold(Mark):
    """A hold that somebody put on a customer, and lifted."""

    personal = proof_of("crm.HeldIdentifier", "hold_id")
    act = Act.HELD

    class Meta:
        indexes = [models.Index(fields=["id"], name="hold_stands", condition=Q(lifted_at=None))]


class HeldIdentifier(MarkedIdentifier):
    """An identifier that a hold is on."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER)

    hold = SoftForeignKey(LegalHold, related_name="parts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hold", "identifier"], name="held_once")]
        indexes = [models.Index(fields=["identifier"], name="held_by_identifier")]
