"""Segments, who is in them, who came and went, and how large they were."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.changes import Change
from crm.privacy.personal import Customers, Lasts, Nothing, Personal


class CustomerSegment(models.Model):
    """Customers of whom some conditions hold, by a name. definition: as definitions.py reads it.

    walk: where the worker is that looks at everybody for it, after it was made or changed; None once it is through:
    {"phase", "at", "driver"}. walked, about: how far that is. kept_at: when it was last seen to.
    """

    personal = Nothing(("name", "definition", "walk"))

    name = models.CharField(max_length=80)
    definition = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    walk = models.JSONField(null=True)
    walked = models.BigIntegerField(default=0)
    about = models.BigIntegerField(default=0)
    kept_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def share(self) -> int:
        """How far the worker is that looks at everybody, in hundredths."""
        return min(99, 100 * self.walked // max(self.about, 1))


class SegmentChange(Change):
    """The segments, as somebody set them. content: {"segments": [{"id", "name", "definition"}]}."""

    personal = Nothing(("content", "said"))


class Member(models.Model):
    """That a customer (a number) is in a segment. brand: theirs, which never changes."""

    personal = Personal(
        (Customers("customer_id"),), by="journeys.segments.forgetting.forget_members", ages=Lasts.CUSTOMER
    )

    segment = models.ForeignKey(CustomerSegment, on_delete=models.CASCADE, related_name="members", db_index=False)
    customer_id = models.BigIntegerField()
    brand = models.CharField(max_length=20, blank=True, default="")
    since = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "membership of a segment", "memberships of segments"
        constraints = [models.UniqueConstraint(fields=["segment", "customer_id"], name="member_once")]
        indexes = [
            models.Index(fields=["customer_id"], name="member_customer"),
            models.Index(fields=["segment", "-id"], name="member_newest"),
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id} in segment {self.segment_id}"


class Passage(models.Model):
    """That a customer (a number) entered a segment, or left it. Append-only: rooms above read it from a cursor of their
    own (its id).
    """

    personal = Personal((Customers("customer_id"),), ages=Lasts.CUSTOMER)

    segment = models.ForeignKey(CustomerSegment, on_delete=models.CASCADE, related_name="passages", db_index=False)
    customer_id = models.BigIntegerField()
    has_entered = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "way into or out of a segment", "ways into and out of segments"
        indexes = [
            models.Index(fields=["segment", "-id"], name="passage_newest"),
            models.Index(fields=["customer_id"], name="passage_customer"),
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id} {'entered' if self.has_entered else 'left'} segment {self.segment_id}"


class Look(models.Model):
    """When a customer (a number) has to be looked at again for a segment, because time alone may change it."""

    personal = Personal((Customers("customer_id"),), ages=Lasts.CUSTOMER)

    segment = models.ForeignKey(CustomerSegment, on_delete=models.CASCADE, related_name="looks", db_index=False)
    customer_id = models.BigIntegerField()
    due_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "look at a segment to come", "looks at segments to come"
        constraints = [models.UniqueConstraint(fields=["segment", "customer_id"], name="look_once")]
        indexes = [
            models.Index(fields=["due_at"], name="look_due"),
            models.Index(fields=["customer_id"], name="look_customer"),
        ]

    def __str__(self) -> str:
        return f"look at customer {self.customer_id} at {self.due_at}"


class SegmentSize(models.Model):
    """How many customers of a brand were in a segment at the end of a day, or are now."""

    personal = Nothing(("brand",))

    segment = models.ForeignKey(CustomerSegment, on_delete=models.CASCADE, related_name="sizes", db_index=False)
    brand = models.CharField(max_length=20, blank=True, default="")
    on = models.DateField()
    size = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "brand", "on"], name="segment_size_once"),
            models.CheckConstraint(condition=Q(size__gte=0), name="segment_size_is_a_number"),
        ]

    def __str__(self) -> str:
        return f"segment {self.segment_id} on {self.on}: {self.size}"
