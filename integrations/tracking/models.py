"""Tracking numbers: the pools they are in, and who held which and when."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from crm.fields import SoftForeignKey
from crm.privacy.personal import Ageing, Lasts, Nothing, Personal, RowsOf, Values
from integrations.tracking.dialling import ALIVE
from journeys.interactions.models import ANONYMOUS

HOLD = 1_800  # seconds
TARGET = 0.01  # share of visits


class NumberPool(models.Model):
    """The numbers that the visitors of one site are shown.

    hold: seconds that a number stays a visitor's after their last sign of life, for those who dial after they left.
    target: the share of visits that may find none. fallback: the number they are shown then (E.164).
    rates: how fast its visitors dial (dialling.Rates), once that is learned.
    """

    personal = Nothing(("fallback", "rates"))

    source = models.OneToOneField("crm.Source", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    fallback = models.CharField(max_length=20)
    hold = models.PositiveIntegerField(default=HOLD)
    target = models.FloatField(default=TARGET)
    rates = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"numbers of source {self.source_id}"


class TrackingNumber(models.Model):
    """A number of ours that can be shown to one visitor at a time.

    held_until: until then it is somebody's, or it rests; the number released longest ago goes first. lease: its latest.
    """

    personal = Nothing(("number",))

    class State(models.TextChoices):
        AVAILABLE = "available", "Available"
        LEASED = "leased", "Leased"
        COOLING = "cooling", "Cooling"
        DISABLED = "disabled", "Disabled"

    pool = models.ForeignKey(NumberPool, on_delete=models.PROTECT, related_name="numbers")
    number = models.CharField(max_length=20, unique=True)
    held_until = models.DateTimeField(db_default=Now())
    lease = SoftForeignKey("integrations.Lease", null=True)
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["pool", "held_until", "id"], name="number_next", condition=Q(disabled_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.number

    def state(self, at: datetime) -> str:
        """Leased: its visitor showed signs of life of late. Cooling: kept for those who dial after they left."""
        if self.disabled_at:
            return self.State.DISABLED
        if self.lease is None or self.held_until <= at:
            return self.State.AVAILABLE
        return self.State.LEASED if at - self.lease.seen_at <= ALIVE else self.State.COOLING


class Unserved(models.Model):
    """A visit that found every number taken, and saw the fallback."""

    personal = Nothing()

    pool = SoftForeignKey(NumberPool)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["pool", "at"], name="unserved_of_pool")]

    def __str__(self) -> str:
        return f"unserved {self.pk}"


class Lease(models.Model):
    """One visitor's hold of a number. Kept for ever: a call comes as late as it likes.

    visitor: the browser's anonymous id. landed: the page and the campaign that the visit began with.
    """

    personal = Personal(
        (Values("visitor", "cookie"),),
        blank={"visitor": "", "landed": {}},
        ages=(
            Ageing(
                ANONYMOUS,
                "seen_at",
                only="integrations.tracking.ageing.is_told",
                is_counted=False,
                by="integrations.tracking.ageing.blank_leases",
            ),
        ),
    )

    number = SoftForeignKey(TrackingNumber)
    visitor = models.CharField(max_length=200)
    landed = models.JSONField(default=dict)
    landed_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "lease of a tracking number", "leases of tracking numbers"
        indexes = [
            models.Index(fields=["number", "-landed_at"], name="lease_of_number"),
            models.Index(fields=["visitor", "-landed_at"], name="lease_of_visitor"),
        ]

    def __str__(self) -> str:
        return f"lease {self.pk}"

    @property
    def campaign(self) -> str:
        """What the visit came through, as far as its first page said."""
        return str(self.landed.get("utm_campaign") or self.landed.get("utm_source") or "")


class TrackedCall(models.Model):
    """A call to a tracking number, and whose visit it is of.

    key: of the call's interaction, in its source. lease: of the visit, where that is as good as certain; candidates:
    [{"lease": id, "probability": share}], the likeliest first. is_confirmed: the phone is known as the visitor's.
    """

    personal = Personal((RowsOf("journeys.Interaction", {"key": "key", "source_id": "source_id"}),), ages=Lasts.WITH)

    source = SoftForeignKey("crm.Source")
    key = models.CharField(max_length=200)
    number = SoftForeignKey(TrackingNumber)
    at = models.DateTimeField()
    lease = SoftForeignKey(Lease, null=True)
    probability = models.FloatField()
    is_confirmed = models.BooleanField()
    candidates = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "source"], name="tracked_call_once")]
        indexes = [models.Index(fields=["number", "at"], name="tracked_call_of_number")]

    def __str__(self) -> str:
        return f"tracked call {self.pk}"
