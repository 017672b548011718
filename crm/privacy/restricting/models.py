"""Restrictions of processing (GDPR, article 18): what is held on somebody is stored, and hardly used for anything."""

from django.db import models
from django.db.models import Q

from crm.fields import SoftForeignKey
from crm.privacy.audit.models import Act
from crm.privacy.marking.models import Mark, MarkedIdentifier, proof_of
from crm.privacy.personal import Identifiers, Lasts, Personal


class Restriction(Mark):
    """A restriction that somebody put on a customer, and lifted."""

    personal = proof_of("crm.RestrictedIdentifier", "restriction_id")
    act = Act.RESTRICTED

    class Meta:
        indexes = [models.Index(fields=["id"], name="restriction_stands", condition=Q(lifted_at=None))]


class RestrictedIdentifier(MarkedIdentifier):
    """An identifier that a restriction is on."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER)

    restriction = SoftForeignKey(Restriction, related_name="parts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["restriction", "identifier"], name="restricted_once")]
        indexes = [models.Index(fields=["identifier"], name="restricted_by_identifier")]
