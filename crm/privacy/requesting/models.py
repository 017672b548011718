"""The register of what people asked for by their rights: until when it is due, and what was done."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.privacy.personal import Customers, Lasts, Personal


class RightsRequest(models.Model):
    """What somebody asked for by right, when, and what became of it. It stays as the proof of that, without its words.

    words: what they wrote or said. due_on: one month after it came; extended once by two more (extension: why).
    """

    personal = Personal(
        (Customers("customer_id"),),
        blank={"words": "", "extension": "", "outcome": ""},
        ages=Lasts.PROOF,
        heard="noted_at",
        tells=("words", "extension", "outcome"),
    )

    class Kind(models.TextChoices):
        ACCESS = "access", "to see what is held on them"
        ERASE = "erase", "to be erased"
        RECTIFY = "rectify", "to have something corrected"
        OBJECT = "object", "to object to a purpose"
        RESTRICT = "restrict", "to have processing restricted"

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"
        REFUSED = "refused", "refused"

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    customer_id = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    words = models.CharField(max_length=500, blank=True, default="")
    received_on = models.DateField()
    due_on = models.DateField()
    extension = models.CharField(max_length=500, blank=True, default="")
    is_extended = models.BooleanField(default=False)
    outcome = models.CharField(max_length=500, blank=True, default="")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(auto_now_add=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_on", "id"], name="request_open", condition=Q(state="open")),
            models.Index(fields=["customer_id"], name="request_of_customer"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}: {self.kind}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.due_on < today
