"""Outgoing webhooks: whom we tell, what is still to be told, the messages and how each attempt to send one went."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from crm.fields import SealedField, SoftForeignKey
from crm.privacy.personal import Ageing, Customers, Lasts, Nothing, Personal, RowsOf
from integrations.webhooks.events import EVERY
from integrations.webhooks.signing import new_secret

DAYS_KEPT = 30


class EndpointSet(models.QuerySet["Endpoint"]):
    """Questions about endpoints."""

    def there(self) -> "EndpointSet":
        """Those that nobody removed; paused ones too: what happens meanwhile waits for them."""
        return self.filter(removed_at=None)

    def sent_to(self) -> "EndpointSet":
        return self.there().filter(paused_at=None)


class Endpoint(models.Model):
    """An address of a business's own system that is told of what happens.

    events: the names of those it is told of. brand: whose customers beside those of no brand, by its word; "": no
    brand's. former_secret: the one before, by which messages are signed too until former_until. failing_since: since
    when no attempt went well; None while they do. paused_at: since when nothing is sent, paused_for: why.
    """

    personal = Nothing(("name", "url", "events", "brand", "secret", "former_secret"))

    class Why(models.TextChoices):
        STAFF = "staff", "somebody paused it"
        GONE = "gone", "it answered 410: it wants no more"
        FAILING = "failing", "every attempt failed for five days"

    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    brand = models.CharField(max_length=20, blank=True, default="")
    secret = SealedField(max_length=600, default=new_secret)
    former_secret = SealedField(max_length=600, blank=True, default="")
    former_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    failing_since = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_for = models.CharField(max_length=7, choices=Why, blank=True, default="")
    removed_at = models.DateTimeField(null=True)

    objects = EndpointSet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def secrets(self, now: datetime) -> list[str]:
        """What a message is signed with: the newest first."""
        is_known = bool(self.former_secret and self.former_until and now < self.former_until)
        return [self.secret, self.former_secret] if is_known else [self.secret]


class Happening(models.Model):
    """That a call ended, or that a conversion began or ceased to count: written by triggers of the database, in the
    same transaction, and gone once messages were made of it. was: whether it counted before.
    """

    personal = Nothing()

    class Kind(models.TextChoices):
        CALL = "call", "a call"
        CONVERSION = "conversion", "a conversion"

    kind = models.CharField(max_length=10, choices=Kind)
    row_id = models.BigIntegerField()
    was = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["kind", "row_id"], name="happening_of_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class WebhookMessage(models.Model):
    """One event, told to one endpoint: an outbox.

    public_id: what it is known by to whom it is sent, the same at each attempt. key: which event of ours it is.
    body: as it is sent. customer, former: whom it is about. due_at: when it is sent next; None: no more.
    """

    personal = Personal(
        (Customers("customer", "former"),),
        ages=(
            Ageing(
                "webhooks", "created_at", "Webhooks",
                "The messages to your own systems, their bodies, and how each attempt to send them went.",
                default=DAYS_KEPT,
            ),
        ),
    )  # fmt: skip

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "given up"

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="messages", db_index=False)
    key = models.CharField(max_length=80)
    event = models.CharField(max_length=30, choices=list(EVERY.items()))
    body = models.TextField()
    customer = SoftForeignKey("crm.Customer", null=True)
    former = SoftForeignKey("crm.Customer", null=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "key"], name="webhook_message_once")]
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="webhook_message_latest"),
            models.Index(fields=["endpoint", "due_at"], name="webhook_message_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["created_at"], name="webhook_message_age"),
            models.Index(fields=["customer"], name="webhook_message_customer", condition=Q(customer__isnull=False)),
            models.Index(fields=["former"], name="webhook_message_former", condition=Q(former__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.sent_as

    @property
    def sent_as(self) -> str:
        """The header `webhook-id`."""
        return f"msg_{self.public_id.hex}"


class WebhookAttempt(models.Model):
    """How sending a message went once. status: None where nothing answered; reason: why then; answer: how its body
    began.
    """

    personal = Personal((RowsOf("integrations.WebhookMessage", {"message_id": "id"}),), ages=Lasts.WITH)

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField(auto_now_add=True)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    reason = models.CharField(max_length=200, blank=True, default="")
    answer = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"attempt {self.pk}: {self.status or self.reason}"


class WebhookPlace(models.Model):
    """How far webhooks follow a log: every row up to this number was told."""

    personal = Nothing(("name",))

    name = models.CharField(max_length=20, primary_key=True)
    upto = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.upto}"
