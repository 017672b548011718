"""Consents, and the keys that programs sign in with."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from crm.fields import SoftForeignKey
from crm.privacy.personal import Identifiers, Lasts, Nothing, Personal


class Role(models.TextChoices):
    AGENT = "agent", "agent"
    LEAD = "lead", "team lead"
    MARKETER = "marketer", "marketer"
    ADMIN = "admin", "admin"
    PRIVACY = "privacy", "privacy officer"
    AUDITOR = "auditor", "auditor"
    INTEGRATION = "integration", "integration"


class Basis(models.TextChoices):
    """Why something may be done (GDPR, article 6)."""

    CONSENT = "consent", "consent"
    CONTRACT = "contract", "a contract with them"
    OBLIGATION = "obligation", "a legal obligation"
    VITAL = "vital", "somebody’s vital interests"
    PUBLIC = "public", "a public task"
    INTEREST = "interest", "our legitimate interest"


class Consent(models.Model):
    """One consent event: permission given or withdrawn for a purpose on a channel, for one identifier.

    purpose: "marketing", "analytics", "recording", ...; channel: "email", "sms", "call", "social", "web" or "" for all.
    source: where it came from, None where staff noted it (actor), who say how they know (evidence). wording: the number
    of the change of purposes (PurposeChange) whose words were agreed to, None for those that came with the product.
    """

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="recorded_at", tells=("evidence",))

    class State(models.TextChoices):
        GIVEN = "given", "given"
        WITHDRAWN = "withdrawn", "withdrawn"

    identifier = models.ForeignKey("crm.Identifier", on_delete=models.PROTECT, related_name="consents", db_index=False)
    source = SoftForeignKey("crm.Source", null=True)
    purpose = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, blank=True, default="")
    state = models.CharField(max_length=9, choices=State.choices)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    basis = models.CharField(max_length=10, choices=Basis.choices, default=Basis.CONSENT, db_default=Basis.CONSENT)
    expires_at = models.DateTimeField(null=True)
    wording = models.BigIntegerField(null=True)
    actor = SoftForeignKey("auth.User", null=True)
    evidence = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["identifier", "purpose", "channel", "occurred_at", "state", "source"], name="consent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


def digest(key: str) -> str:
    """What is kept of an API key. Keys are 256 random bits, so a plain hash is enough (no salt, no stretching)."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKey(models.Model):
    """A program's key to the API; only its hash is kept. scopes: what it is limited to; none: its role's rights.

    brands: the words of those whose customers it may see beside those of no brand.
    """

    personal = Nothing(("name", "hashed", "scopes", "brands"))

    name = models.CharField(max_length=80, unique=True)
    role = models.CharField(max_length=12, choices=Role.choices)
    hashed = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, blank=True)
    brands = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    def __str__(self) -> str:
        return self.name

    @property
    def is_limited(self) -> bool:
        """Whether it may do no more than its scopes say."""
        return bool(self.scopes) or self.role == Role.INTEGRATION

    def revoke(self) -> datetime:
        """Refuse whoever sends this key from now on. Returns since when: a second time changes nothing."""
        self.revoked_at = self.revoked_at or timezone.now()
        self.save(update_fields=["revoked_at"])
        return self.revoked_at

    @classmethod
    def issue(
        cls, name: str, role: str, scopes: Iterable[str] = (), brands: Iterable[str] = ()
    ) -> tuple["ApiKey", str]:
        """Make a key; the text of it is returned once and kept nowhere."""
        text = "tl_" + secrets.token_urlsafe(32)
        limits = {"scopes": sorted(set(scopes)), "brands": sorted(set(brands))}
        return cls.objects.create(name=name, role=role, hashed=digest(text), **limits), text
