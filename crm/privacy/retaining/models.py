"""The nightly runs of retention: how far each is, and what went."""

from django.db import models
from django.db.models import Q

from crm.privacy.personal import Nothing


class RetentionRun(models.Model):
    """One night's. rules: how long each kind was kept then; step, cursor: where it is; gone: rows by kind, kept: those
    that a legal hold kept; rows: all that went, with what hung off them; waiting: the erasures of inactive customers.
    """

    personal = Nothing(("rules", "step", "cursor", "gone", "kept", "waiting"))

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    is_under_way = models.BooleanField(default=True)
    rules = models.JSONField(default=dict)
    step = models.CharField(max_length=80, blank=True, default="")
    cursor = models.JSONField(null=True)
    gone = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    rows = models.BigIntegerField(default=0)
    waiting = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_under_way"], condition=Q(is_under_way=True), name="one_retention_run_at_once"
            )
        ]

    def __str__(self) -> str:
        return f"retention run {self.pk}"
