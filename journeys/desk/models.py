"""What the agent's screen keeps: what is being written, who is looking at whom, rules of the next best action."""

from typing import Any

from django.conf import settings
from django.db import models

from crm.fields import SoftForeignKey
from crm.identity.models import Customer
from crm.privacy.personal import Customers, Identifiers, Lasts, Mentions, Nothing, Personal, RowsOf


class ActionRule(models.Model):
    """An action to propose when its conditions hold; the first in order that does is the best.

    conditions: [{"fact", "is", "value"}] (acting.py says which there are), all of which must hold. says: the action, in
    words. needs: the channel that we must be allowed to use, "" for none. days: in how many it is to be done.
    """

    personal = Nothing(("name", "conditions", "says", "needs"))

    position = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    conditions = models.JSONField(default=list, blank=True)
    says = models.CharField(max_length=200)
    needs = models.CharField(max_length=10, blank=True, default="")
    days = models.PositiveSmallIntegerField(default=1)
    is_live = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class ActionAnswer(models.Model):
    """What an agent made of a proposed action: done, or not now; append-only."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="at")

    class Answer(models.TextChoices):
        DONE = "done", "done"
        LATER = "later", "not now"

    identifier = SoftForeignKey("crm.Identifier")
    rule = models.ForeignKey(ActionRule, models.CASCADE, related_name="+", db_index=False)
    answer = models.CharField(max_length=5, choices=Answer)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["identifier", "-at"], name="action_answered")]

    def __str__(self) -> str:
        return f"{self.answer} {self.pk}"


def of_user(**options: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, **options)


class Jotting(models.Model):
    """What an agent is writing about a call or a customer, until it is saved: it survives a reload and another desk."""

    personal = Personal(
        (Mentions("about", "content"), RowsOf("journeys.Call", {"about": "public_id"}, "call:")), ages=Lasts.WITH
    )

    user = of_user()
    about = models.CharField(max_length=60)
    content = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = "draft", "drafts of what agents write"
        constraints = [models.UniqueConstraint(fields=["user", "about"], name="jotting_once")]

    def __str__(self) -> str:
        return f"jotting {self.pk}"


class Looking(models.Model):
    """Somebody has a customer open; at: when their screen last said so."""

    personal = Personal((Customers("customer"),), ages=Lasts.CUSTOMER)

    user = of_user()
    customer = SoftForeignKey(Customer)
    at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "open screen", "open screens"
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="looking_once")]

    def __str__(self) -> str:
        return f"looking {self.pk}"


class Habit(models.Model):
    """How somebody works: whether single letters are shortcuts."""

    personal = Nothing()

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    has_single_keys = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"habit {self.pk}"
