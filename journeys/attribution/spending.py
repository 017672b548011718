"""What campaigns cost: files of days, each taken in or undone as a whole. Nothing in them is about a customer."""

from django.conf import settings
from django.db import models

from crm.privacy.personal import Nothing


def common() -> list[str]:
    """Whose costs are of no brand."""
    return [""]


class CostFile(models.Model):
    """A file of costs. What it says counts while it is in force. refused: [line number, what is wrong with it]. brands:
    those whose costs it says; "": of none.
    """

    personal = Nothing(("name", "refused", "brands"))

    class State(models.TextChoices):
        READY = "ready", "waiting for a yes"
        IN_FORCE = "in force", "in force"
        UNDONE = "undone", "undone"

    name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.READY)
    refused = models.JSONField(default=list)
    brands = models.JSONField(default=common, db_default=[""])
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"costs {self.pk}"


class Cost(models.Model):
    """What a campaign, or a source and medium (dimension, name), cost on a day. clicks, impressions: where told. brand:
    who bore it, by its word; "": the whole business.
    """

    personal = Nothing(("dimension", "name", "currency", "brand"))

    file = models.ForeignKey(CostFile, models.CASCADE, related_name="costs")
    day = models.DateField()
    dimension = models.CharField(max_length=10)
    name = models.CharField(max_length=410)
    currency = models.CharField(max_length=3)
    brand = models.CharField(max_length=20, blank=True, default="", db_default="")
    cost = models.DecimalField(max_digits=12, decimal_places=2)
    clicks = models.PositiveIntegerField(default=0)
    impressions = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["dimension", "currency", "day"], name="cost_of_day")]

    def __str__(self) -> str:
        return f"cost of {self.day}"
