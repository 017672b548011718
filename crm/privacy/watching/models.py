"""Alerts: somebody looked at more customers than people do, or than they ever do."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.fields import SoftForeignKey
from crm.privacy.personal import Nothing


class Alert(models.Model):
    """An unusual amount of something within an hour, by one user or one API key.

    actor: their name then. count: of customers (looks, reveals, plays) or of times (searches, refused sign-ins).
    usual: the most that they did in an hour of the weeks before. note: what the privacy officer found out.
    """

    personal = Nothing(("actor", "what", "note"))

    class What(models.TextChoices):
        LOOKS = "looks", "customers looked at"
        SEARCHES = "searches", "searches"
        REVEALS = "reveals", "masked customers opened"
        PLAYS = "plays", "recordings played"

    what = models.CharField(max_length=8, choices=What.choices)
    actor = models.CharField(max_length=150, blank=True)
    user = SoftForeignKey("auth.User", null=True, on_delete=models.DO_NOTHING)
    api_key = SoftForeignKey("crm.ApiKey", null=True, on_delete=models.DO_NOTHING)
    since = models.DateTimeField()
    at = models.DateTimeField()
    count = models.IntegerField()
    usual = models.IntegerField()
    note = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["-id"], name="alerts_open", condition=Q(closed_at=None)),
            models.Index(fields=["user", "api_key", "what", "at"], name="alerts_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.count} {self.get_what_display()}"
