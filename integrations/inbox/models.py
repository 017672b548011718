"""Deliveries as received, and what became of them."""

import re

from django.db import models
from django.db.models import Q

from crm.fields import SoftForeignKey
from crm.privacy.personal import Ageing, Identifiers, Lasts, Nothing, Personal, RowsOf, Sought

ERASED = "erased"  # the kind of a delivery whose sender was erased: nothing of it is left, and nothing is recorded
REST = "rest"  # the kind of one of several people's events, some of whom were erased: what is left, as it was read
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\S+")  # that some adapters keep in the kind: when a delivery came
OF_EVENT = {"key": "key", "source_id": "source_id"}


class Delivery(models.Model):
    """One raw event as received. Append-only; `key` deduplicates within the source.

    body: as it came; what is not text is base64 after `base64:` (`raw` undoes it).
    """

    personal = Personal(
        (
            RowsOf("journeys.Interaction", OF_EVENT),
            RowsOf("journeys.Part", OF_EVENT),
            RowsOf("integrations.Trail", {"id": "delivery_id"}),
            Sought("integrations.inbox.forgetting.untold_of"),
        ),
        blank={"body": "", "kind": ERASED},
        by="integrations.inbox.forgetting.blank",
        keeps=("key",),  # which becomes the row's own number
        ages=(
            Ageing(
                "deliveries-recorded",
                "received_at",
                "Raw deliveries, recorded",
                "What sources sent, as it came. What was made of it stays.",
                only="integrations.inbox.ageing.is_recorded",
            ),
            Ageing(
                "deliveries-unrecorded",
                "received_at",
                "Raw deliveries, failed or paused",
                "What could not be recorded, or waits for its source to go on. It cannot be replayed any more.",
                only="integrations.inbox.ageing.is_unrecorded",
            ),
        ),
        goes_by="integrations.inbox.ageing.drop",
        is_raw=True,
    )

    source = SoftForeignKey("crm.Source")
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=200)
    body = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["key", "source"], name="delivery_once")]

    def __str__(self) -> str:
        return f"delivery {self.pk}"

    @property
    def came_as(self) -> str:
        """The kind for people to read: without the time that some adapters keep in it."""
        return " ".join(word for word in self.kind.split() if not MOMENT.fullmatch(word))


class Trail(models.Model):
    """What a delivery became, where its own key does not tell: an interaction of another key, or what is on file of an
    identifier; neither, where it became nothing, and its words alone tell whose it is.
    """

    personal = Personal(
        (Identifiers("identifier"), RowsOf("journeys.Interaction", OF_EVENT), RowsOf("journeys.Part", OF_EVENT)),
        ages=Lasts.WITH,
    )

    delivery = SoftForeignKey(Delivery)
    source = SoftForeignKey("crm.Source")
    key = models.CharField(max_length=200, blank=True, default="")
    identifier = SoftForeignKey("crm.Identifier", null=True)

    class Meta:
        verbose_name, verbose_name_plural = "trace of a delivery", "traces of deliveries"
        indexes = [
            models.Index(fields=["key", "source"], name="trail_of_interaction", condition=~Q(key="")),
            models.Index(fields=["identifier"], name="trail_of_identifier", condition=Q(identifier__isnull=False)),
            models.Index(fields=["delivery"], name="trail_of_nobody", condition=Q(key="", identifier__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"trail of delivery {self.delivery_id}"


class Pending(models.Model):
    """A delivery that waits to be drained: claimed and deleted in the transaction that records it."""

    personal = Nothing(("reason",))  # it goes with the delivery (forgetting.py)

    delivery = models.OneToOneField(
        Delivery, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    available_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    reason = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"pending delivery {self.pk}"


class PausedDelivery(models.Model):
    """A delivery of a paused source, set aside when its turn came; pending again once the source goes on."""

    personal = Nothing()

    delivery = models.OneToOneField(
        Delivery, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    source = SoftForeignKey("crm.Source")
    attempts = models.SmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "paused deliveries"
        indexes = [models.Index(fields=["source", "delivery"], name="paused_by_source")]

    def __str__(self) -> str:
        return f"paused delivery {self.pk}"


class FailedDelivery(models.Model):
    """A delivery that was parked, with its reason; replaying it makes it pending again."""

    personal = Nothing(("reason",))  # it goes with the delivery (forgetting.py)

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, primary_key=True, related_name="failure")
    source = SoftForeignKey("crm.Source")
    reason = models.TextField()
    attempts = models.SmallIntegerField(default=0)
    failed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "failed deliveries"
        indexes = [models.Index(fields=["source", "delivery"], name="failed_by_source")]

    def __str__(self) -> str:
        return f"failed delivery {self.pk}"


class Tally(models.Model):
    """What one transaction did with a source's events: an append-only line, summed for reconciliation.

    Lines are folded by the sweep into one per source and hour, so that the sums stay short.
    accepted, duplicates, rejected: at the door. recorded, failed: in the drain; a replay takes its failure back
    (failed -1).
    """

    personal = Nothing()

    source = SoftForeignKey("crm.Source")
    at = models.DateTimeField()
    accepted = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    recorded = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)

    class Meta:
        verbose_name_plural = "tallies"
        indexes = [models.Index(fields=["source", "at"], name="tally_by_source")]

    def __str__(self) -> str:
        return f"tally {self.pk}"


class Rejection(models.Model):
    """A request that was refused at a source's door: the last few of each reason, for its health page."""

    personal = Nothing(("reason",))

    source = models.ForeignKey("crm.Source", on_delete=models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=300)
    status = models.SmallIntegerField()
    times = models.IntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "reason"], name="rejection_once")]

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}"
