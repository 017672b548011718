"""What people keep of Explore: its views, and the files that they took out."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.privacy.personal import Customers, Lasts, Mentions, Personal

LONGEST_NAME = 80


class SavedView(models.Model):
    """A question of Explore, by a name: its address. is_shared: everybody who explores sees it.

    removed_at: it is gone from the lists, and can be brought back. A customer whose identifier stands in it is blanked
    out when they are erased: it then asks nothing.
    """

    personal = Personal((Mentions("name", "query"),), blank={"name": "erased", "query": ""}, ages=Lasts.PROOF)

    name = models.CharField(max_length=LONGEST_NAME)
    query = models.TextField(blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_shared = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Extract(models.Model):
    """What Explore found for somebody, as a file: asked for, made in the background, there for a day for them alone.

    query: what was asked. done: rows that are in it. at: when the worker was at it last; None until one is. attempts:
    how often one began. is_open: it says who customers are. reason: why there is none. file: where it is kept; others
    are in it, so that it is no file of this row for whoever is handed what is held on them. It goes when its time is
    over, and when somebody in it is erased.
    """

    personal = Personal((Mentions("query"),), blank={"query": ""}, keeps=("file", "reason"), ages=Lasts.PROOF)

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        PARQUET = "parquet", "Parquet"

    class State(models.TextChoices):
        WAITING = "waiting", "being made"
        READY = "ready", "ready"
        FAILED = "failed", "failed"
        GONE = "gone", "gone"

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    query = models.TextField(blank=True, default="")
    format = models.CharField(max_length=7, choices=Format, default=Format.CSV)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True, default="")
    is_open = models.BooleanField(default=False)
    about = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    file = models.CharField(max_length=200, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], name="extract_waiting", condition=Q(state="waiting")),
            models.Index(fields=["expires_at"], name="extract_expires", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["owner", "-id"], name="extract_of_owner"),
        ]

    def __str__(self) -> str:
        return f"extract {self.pk}: {self.state}"

    @property
    def share(self) -> int:
        """How much of it is made, in hundredths of what was expected."""
        return min(99, 100 * self.done // max(self.about, 1))

    def is_there(self, now: datetime) -> bool:
        return self.state == self.State.READY and self.expires_at is not None and now < self.expires_at


class Extracted(models.Model):
    """That a customer (a number) is in a file: when they are erased, it goes."""

    personal = Personal(
        (Customers("customer_id"),), by="journeys.explore.forgetting.drop_extracts_with", ages=Lasts.CUSTOMER
    )

    extract = models.ForeignKey(Extract, on_delete=models.CASCADE, related_name="customers", db_index=False)
    customer_id = models.BigIntegerField()

    class Meta:
        verbose_name, verbose_name_plural = "mention in a file of Explore", "mentions in files of Explore"
        constraints = [models.UniqueConstraint(fields=["extract", "customer_id"], name="extracted_once")]
        indexes = [models.Index(fields=["customer_id"], name="extracted_customer")]

    def __str__(self) -> str:
        return f"customer {self.customer_id} in extract {self.extract_id}"
