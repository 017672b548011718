"""Interactions, the parts that some arrive in, and web sessions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from crm.fields import SoftForeignKey
from crm.privacy.personal import Ageing, Identifiers, Lasts, Personal, RowsOf
from journeys.interactions.valuing import Worth

CHANNELS = [("web", "Web"), ("call", "Call"), ("email", "E-mail"), ("social", "Social")]
ANONYMOUS, KNOWN = "browsing-unknown", "browsing-known"  # kinds of browsing, as rules of retention call them
OF_INTERACTION = {"key": "key", "source_id": "source_id"}
DIRECTIONS = [("", "none"), ("in", "from the customer"), ("out", "to the customer")]


class Interaction(models.Model):
    """One normalised thing that happened. It hangs off the identifier it came in on, for good.

    via: the browser, line or inbox it came through, when that is not whom it is from.
    key: unique within its source; a redelivery has the same.
    """

    personal = Personal(
        (Identifiers("identifier"),),
        ages=(
            Ageing(
                ANONYMOUS,
                "occurred_at",
                "Browsing of people unknown",
                "Pages, visits and what was clicked, as long as nobody knows whose browser it is.",
                where={"channel": "web"},
                only="journeys.interactions.ageing.by_nobody_known",
                is_by_time=True,
            ),
            Ageing(
                KNOWN,
                "occurred_at",
                "Browsing of known customers",
                "Pages, visits and what was clicked, of those who are known.",
                where={"channel": "web"},
                only="journeys.interactions.ageing.by_somebody_known",
                is_by_time=True,
            ),
            Ageing(
                "email",
                "occurred_at",
                "E-mails",
                "With what was sent and how it felt.",
                where={"channel": "email"},
                is_by_time=True,
            ),
            Ageing(
                "social",
                "occurred_at",
                "Social messages",
                "With their reactions and how they felt.",
                where={"channel": "social"},
                is_by_time=True,
            ),
            Ageing(
                "call",
                "occurred_at",
                "Calls",
                "With their recordings, transcripts, routing and tracking.",
                where={"channel": "call"},
                is_by_time=True,
            ),
        ),
        heard="occurred_at",
    )

    identifier = SoftForeignKey("crm.Identifier")
    via = SoftForeignKey("crm.Identifier", null=True)
    source = SoftForeignKey("crm.Source")
    key = models.CharField(max_length=200)
    channel = models.CharField(max_length=6, choices=CHANNELS)
    kind = models.CharField(max_length=20)
    direction = models.CharField(max_length=3, choices=DIRECTIONS, blank=True, default="")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    title = models.TextField(blank=True, default="")
    body = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [
            # The identifier is in the key so that the table can be distributed by identifier one day.
            models.UniqueConstraint("key", "source", Coalesce("via", "identifier"), name="interaction_once"),
        ]
        indexes = [
            models.Index(fields=["identifier", "channel", "occurred_at", "id"], name="interaction_timeline"),
            models.Index(fields=["occurred_at", "id"], name="interaction_latest"),
            # By what is rare: most interactions are pages, without any of these.
            models.Index(
                KT("data__campaign__name"),
                "occurred_at",
                "id",
                name="interaction_of_campaign",
                condition=Q(data__has_key="campaign"),
            ),
            models.Index("channel", "occurred_at", "id", name="interaction_of_channel", condition=~Q(channel="web")),
            models.Index("occurred_at", "id", name="interaction_of_product", condition=Q(data__has_key="products")),
            models.Index(
                "occurred_at", "id", Worth("data"), name="interaction_of_value", condition=Q(data__has_key="value")
            ),
            models.Index(
                Worth("data"), "occurred_at", "id", name="interaction_by_value", condition=Q(data__has_key="value")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.kind} {self.pk}"


class Part(models.Model):
    """One part of an interaction that arrives in several (a call's ringing, its end, its recording), as it came."""

    personal = Personal(
        (Identifiers("identifier"), RowsOf("journeys.Interaction", OF_INTERACTION)),
        by="journeys.interactions.forgetting.forget_parts",
        ages=Lasts.WITH,
    )

    source = SoftForeignKey("crm.Source")
    key = models.CharField(max_length=200)
    name = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    identifier = SoftForeignKey("crm.Identifier", null=True)
    draft = models.JSONField()

    class Meta:
        verbose_name, verbose_name_plural = "part of an interaction", "parts of interactions"
        constraints = [models.UniqueConstraint(fields=["key", "source", "name"], name="part_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.key}"


class Claim(models.Model):
    """Staff's word on whom an interaction is from, where the line that it came on does not tell. Append-only.

    The interaction of this key hangs off `identifier` while the claim stands, recorded or not yet, and keeps the line
    it came on as its `via`; taken back, it hangs off the line again.
    """

    personal = Personal((Identifiers("identifier"), RowsOf("journeys.Interaction", OF_INTERACTION)), ages=Lasts.WITH)

    source = SoftForeignKey("crm.Source")
    key = models.CharField(max_length=200)
    identifier = SoftForeignKey("crm.Identifier")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name, verbose_name_plural = "word on whom a call is from", "words on whom a call is from"
        constraints = [
            models.UniqueConstraint(fields=["key", "source"], condition=Q(withdrawn_at=None), name="claim_stands_once")
        ]
        indexes = [
            models.Index(fields=["withdrawn_at"], condition=Q(withdrawn_at__isnull=False), name="claim_taken_back"),
        ]

    def __str__(self) -> str:
        return f"claim {self.pk}"


class Session(models.Model):
    """Web interactions of one browser without a long gap, as long as they hang off the same identifier.

    browser: the cookie they came through, or, of what a server sent, whom they hang off; identifier: whom they hang off
    (the cookie itself, or a login id).
    source: of its first hit. The first and last hit themselves are the interactions at started_at and ended_at.
    """

    personal = Personal(
        (Identifiers("identifier", "browser"),),
        ages=(
            Ageing(
                ANONYMOUS,
                "ended_at",
                only="journeys.interactions.ageing.by_nobody_known",
                is_counted=False,
                after="journeys.interactions.ageing.trim_visits",
            ),
            Ageing(
                KNOWN,
                "ended_at",
                only="journeys.interactions.ageing.by_somebody_known",
                is_counted=False,
                after="journeys.interactions.ageing.trim_visits",
            ),
        ),
    )

    browser = SoftForeignKey("crm.Identifier")
    identifier = SoftForeignKey("crm.Identifier")
    source = SoftForeignKey("crm.Source")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    hits = models.IntegerField()
    pages = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["identifier", "started_at", "id"], name="session_timeline"),
            models.Index(fields=["browser", "identifier", "started_at"], name="session_of_browser"),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"
