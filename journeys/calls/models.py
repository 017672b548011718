"""Calls as they ring, who takes them, and the rules by which they are sent there."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from crm.changes import Change
from crm.fields import SoftForeignKey
from crm.privacy.personal import Customers, Identifiers, Lasts, Nothing, Personal, RowsOf, Values
from journeys.calls.conditions import BadCondition, check
from journeys.calls.routing import Rule

LOWEST_LEVEL, HIGHEST_LEVEL = 1, 5  # of a skill


class Queue(models.Model):
    """A line of waiting callers, by the name that the phone system knows it by. is_default: takes whoever no rule
    sends elsewhere, and every call when something is wrong.
    """

    personal = Nothing(("name", "label"))

    name = models.SlugField(max_length=60, unique=True)
    label = models.CharField(max_length=80)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_queue")
        ]

    def __str__(self) -> str:
        return self.label


class Agent(models.Model):
    """Somebody who answers calls. extension: what the phone system calls them; skills: {name: level, 1 to 5}."""

    personal = Nothing(("extension", "skills"))

    class Presence(models.TextChoices):
        READY = "ready", "Ready"
        ON_CALL = "on_call", "On a call"
        WRAP_UP = "wrap_up", "Wrapping up"
        AWAY = "away", "Away"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="agent")
    extension = models.CharField(max_length=60, blank=True, default="")
    skills = models.JSONField(default=dict, blank=True)
    queues = models.ManyToManyField(Queue, related_name="agents", blank=True)
    presence = models.CharField(max_length=8, choices=Presence, default=Presence.AWAY)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["extension"], condition=~Q(extension=""), name="agent_of_extension")
        ]

    def __str__(self) -> str:
        return self.user.get_full_name() or self.user.get_username()

    def clean(self) -> None:
        """Raises ValidationError unless skills have levels."""
        levels = self.skills.values() if isinstance(self.skills, dict) else [0]
        if not all(isinstance(level, int) and LOWEST_LEVEL <= level <= HIGHEST_LEVEL for level in levels):
            said = f'write skills with their levels, {LOWEST_LEVEL} to {HIGHEST_LEVEL}: {{"bahamas": 4}}'
            raise ValidationError({"skills": said})


class RoutingRule(models.Model):
    """Where calls go of which the conditions hold; the first in order that is live decides.

    conditions: [{"fact", "about", "is", "value"}], all of which must hold (conditions.py says which there are). They
    go to one of a queue, a skill at a level, or an agent; after timeout seconds unanswered, to the next step's queue.
    is_shadow: it decides nothing, and is tried on last week's calls.
    """

    personal = Nothing(("name", "conditions", "skill"))

    class State(models.TextChoices):
        OFF = "off", "Off"
        SHADOW = "shadow", "Shadow"
        LIVE = "live", "Live"

    position = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    conditions = models.JSONField(default=list, blank=True)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    skill = models.CharField(max_length=40, blank=True, default="")
    level = models.PositiveSmallIntegerField(default=LOWEST_LEVEL)
    timeout = models.PositiveIntegerField(default=30)
    next_queue = models.ForeignKey(Queue, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_live = models.BooleanField(default=False)
    is_shadow = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError unless the conditions can be read, and calls are sent to one place."""
        try:
            check(self.conditions)
        except BadCondition as error:
            raise ValidationError({"conditions": str(error)}) from None
        if sum(map(bool, (self.queue_id, self.agent_id, self.skill))) != 1:
            raise ValidationError("send calls to one of: a queue, an agent, a skill")

    @property
    def state(self) -> str:
        if self.is_live:
            return self.State.LIVE.value
        return self.State.SHADOW.value if self.is_shadow else self.State.OFF.value

    @state.setter
    def state(self, wanted: str) -> None:
        self.is_live, self.is_shadow = wanted == self.State.LIVE, wanted == self.State.SHADOW

    @property
    def known(self) -> Rule:
        """The rule, as routing sees it."""
        return Rule(
            self.pk or 0, self.name, self.conditions, self.queue_id, self.agent_id, self.skill, self.level,
            self.timeout, self.next_queue_id,
        )  # fmt: skip


class RoutingChange(Change):
    """The rules of routing, as somebody set them. content: {"rules": [the columns of each, in their order]}."""

    personal = Nothing(("content", "said"))


class PresenceChange(models.Model):
    """Somebody's presence, set by somebody else. Append-only."""

    personal = Nothing()

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="presence_changes")
    presence = models.CharField(max_length=8, choices=Agent.Presence)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.presence}"


class Call(models.Model):
    """A call as it stands now. What happened is its interaction, of the same source, whose key is call_id.

    line: the caller's number (E.164), empty where withheld; dialled: the number called. identifier: the line's.
    customer: whom it is believed to be from, with this confidence (0 to 1); candidates: who else it may be,
    [{"customer": public id, "probability", "why"}], the likeliest first. interaction: that of its caller, once an agent
    said who that is, hangs off claimed_for. visitor: the browser (cookie's value) whose visit it is of, on the site of
    visitor_namespace: another site's may have the same. facts: what rules could ask of it when it rang
    (the names of conditions.FACTS); None where no rule was asked.
    """

    personal = Personal(
        (
            Identifiers("identifier", "claimed_for"),
            Customers("customer"),
            Values("line", "phone"),
            Values("visitor", "cookie"),
            RowsOf("journeys.Interaction", {"call_id": "key", "source_id": "source_id"}),
        ),
        ages=Lasts.WITH,
        goes_by="journeys.work.forgetting.drop_calls",
        heard="rang_at",
    )

    class State(models.TextChoices):
        RINGING = "ringing", "Ringing"
        ANSWERED = "answered", "Answered"
        ENDED = "ended", "Ended"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = SoftForeignKey("crm.Source")
    call_id = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State)
    line = models.CharField(max_length=40, blank=True, default="")
    dialled = models.CharField(max_length=40, blank=True, default="")
    rang_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    identifier = SoftForeignKey("crm.Identifier", null=True)
    customer = SoftForeignKey("crm.Customer", null=True)
    confidence = models.FloatField(default=0.0)
    candidates = models.JSONField(default=list)
    visitor = models.CharField(max_length=200, blank=True, default="")
    visitor_namespace = models.CharField(max_length=80, blank=True, default="", db_default="")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, null=True, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, related_name="+")
    rule = SoftForeignKey(RoutingRule, null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    facts = models.JSONField(null=True)
    claimed_for = SoftForeignKey("crm.Identifier", null=True)
    wrap_code = models.CharField(max_length=40, blank=True, default="")
    outcome = models.CharField(max_length=40, blank=True, default="")
    wrapped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call_id", "source"], name="call_once")]
        indexes = [
            models.Index(fields=["agent", "-rang_at"], name="call_of_agent"),
            models.Index(fields=["customer", "-rang_at"], name="call_of_customer"),
            models.Index(fields=["rang_at", "id"], name="call_latest"),
            models.Index(fields=["queue", "rang_at"], name="call_open", condition=~Q(state="ended")),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"

    def seconds(self, now: datetime) -> int | None:
        """How long it has been talked; None while nobody answered."""
        return int(((self.ended_at or now) - self.answered_at).total_seconds()) if self.answered_at else None


class Known(models.Model):
    """What routing may ask of a customer, kept ahead of their calls (known.py says what facts holds, and keeps it)."""

    personal = Personal((Customers("customer"),), ages=Lasts.CUSTOMER)

    customer = models.OneToOneField(
        "crm.Customer", on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    facts = models.JSONField(default=dict)
    refreshed_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "facts kept for routing", "facts kept for routing"

    def __str__(self) -> str:
        return f"facts of customer {self.pk}"
