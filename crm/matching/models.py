"""What scored matching keeps: the trained model, what each identifier is compared by, scored pairs, the questions that
a person decides, and the whole passes.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Now

from crm.fields import SoftForeignKey
from crm.matching.verdicts import Reason
from crm.privacy.personal import Identifiers, Lasts, Nothing, Personal

TAKEN_BACK = "taken_back"  # what holds of a review whose decision's link was withdrawn
LEAST_LIMIT = 1_000  # customers that a whole pass may always change unasked


class TrainedModel(models.Model):
    """A trained model, as JSON, with how it was learned. One is current: pairs are scored by it."""

    # How frequent values are: what only the erased had goes with their profiles.
    personal = Nothing(("version", "content", "metrics"))

    version = models.CharField(max_length=40, unique=True)
    content = models.TextField()
    metrics = models.JSONField(default=dict)
    trained_at = models.DateTimeField(auto_now_add=True)
    is_current = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["is_current"], condition=Q(is_current=True), name="one_model_is_current")
        ]

    def __str__(self) -> str:
        return self.version


class Due(models.Model):
    """An identifier that has to be matched anew: something was said of it, or (is_moved) it changed hands. Append-only
    until it is matched; several of one identifier count once. crm.identity.due writes it.
    """

    personal = Personal((Identifiers("identifier_id"),), ages=Lasts.CUSTOMER)

    identifier_id = models.BigIntegerField()
    is_moved = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = "place in the queue of matching", "places in the queue of matching"
        db_table = "crm_matchdue"

    def __str__(self) -> str:
        return f"identifier {self.identifier_id}"


class Profile(models.Model):
    """What one identifier is compared by: the feature columns of what was said about it, and its blocking keys.

    An identifier of which nobody said a name, a birth date, a company or the like has none: its value alone is what
    the live path joins by.
    """

    personal = Personal((Identifiers("identifier"),), by="crm.matching.forgetting.forget_values", ages=Lasts.CUSTOMER)

    identifier = models.OneToOneField(
        "crm.Identifier", primary_key=True, on_delete=models.CASCADE, db_constraint=False, related_name="profile"
    )
    features = models.JSONField()
    keys = ArrayField(models.BigIntegerField(), help_text="Hashes of its blocking keys, sorted.")
    is_vouched = models.BooleanField(help_text="Told by who is trusted or has checked it.")
    model = SoftForeignKey(TrainedModel, help_text="Whose blocking rules made the keys.")

    class Meta:
        verbose_name, verbose_name_plural = "matching profile", "matching profiles"
        db_table = "crm_matchprofile"
        indexes = [
            models.Index(
                *(KT(f"features__{column}__0") for column in ("postcode", "street", "number")),
                name="profile_by_address",
                condition=Q(features__has_key="street") & ~Q(features__has_key="company"),
            )
        ]

    def __str__(self) -> str:
        return f"profile of identifier {self.identifier_id}"


class BlockingKey(models.Model):
    """A blocking key of an identifier: those that share one are compared, unless too many do."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER)

    pk = models.CompositePrimaryKey("key", "identifier_id")
    key = models.BigIntegerField()
    identifier = SoftForeignKey("crm.Identifier", on_delete=models.CASCADE)

    class Meta:
        db_table = "crm_matchkey"

    def __str__(self) -> str:
        return f"{self.key} of identifier {self.identifier_id}"


class ScoredPair(models.Model):
    """Two identifiers that the policy joins or wants decided. Computed from the facts by matching alone, and replaced
    whenever they change; `a` has the smaller id. weight: after the policy's caps.
    """

    personal = Personal((Identifiers("a", "b"),), ages=Lasts.CUSTOMER)

    a = SoftForeignKey("crm.Identifier", on_delete=models.CASCADE)
    b = SoftForeignKey("crm.Identifier", on_delete=models.CASCADE)
    weight = models.FloatField()
    verdict = models.SmallIntegerField(help_text="crm.matching.verdicts.Verdict")
    reason = models.SmallIntegerField(help_text="crm.matching.verdicts.Reason")

    class Meta:
        db_table = "crm_matchpair"
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="pair_scored_once"),
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="scored_pair_ordered"),
        ]
        indexes = [models.Index(fields=["b"], name="scored_pair_by_b")]

    def __str__(self) -> str:
        return f"identifiers {self.a_id} and {self.b_id}: {self.weight:+.1f}"


class ReviewQuerySet(models.QuerySet["Review"]):
    def waiting(self, now: datetime) -> "ReviewQuerySet":
        """Questions that somebody should decide now."""
        return self.filter(state=Review.State.OPEN).exclude(later_until__gt=now)


class Review(models.Model):
    """One question for a person: are these two customers one? `a` and `b` are the identifiers of the pair of theirs
    that speaks most for it; `a` has the smaller id. It outlives the pair that asked it: what was decided is kept, and
    teaches.

    traffic: interactions of both in the last 90 days. value: of deciding it, what the queue is sorted by.
    """

    personal = Personal((Identifiers("a", "b"),), ages=Lasts.CUSTOMER)

    class State(models.TextChoices):
        OPEN = "open", "to decide"
        SAME = "same", "decided: the same"
        DIFFERENT = "different", "decided: different people"
        SETTLED = "settled", "no longer in question"

    class Guard(models.TextChoices):
        NO = "", "none"
        HELD = "held", "a guard of the customers holds the link"
        CLUSTER = "cluster", "their groups hang together by too little"
        WITHDRAWN = "withdrawn", "staff took this link back"

    a = models.ForeignKey("crm.Identifier", on_delete=models.PROTECT, related_name="+")
    b = models.ForeignKey("crm.Identifier", on_delete=models.PROTECT, related_name="+", db_index=False)
    weight = models.FloatField()
    probability = models.FloatField()
    reason = models.SmallIntegerField(help_text="crm.matching.verdicts.Reason")
    guard = models.CharField(max_length=10, choices=Guard.choices, blank=True, default=Guard.NO)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    traffic = models.IntegerField(default=0)
    value = models.FloatField(default=0.0)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    later_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey("crm.Link", null=True, on_delete=models.PROTECT, related_name="+", help_text="Staff's.")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="asked_once"),
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="review_ordered"),
        ]
        indexes = [
            models.Index(fields=["-value", "id"], name="review_queue", condition=Q(state="open")),
            models.Index(fields=["b"], name="review_by_b"),
            models.Index(fields=["decided_at", "id"], name="review_decided", condition=Q(decided_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"review {self.pk}"

    @property
    def reason_word(self) -> str:
        """Why a person has to decide, in a word: the guard, or the reason."""
        return self.guard or Reason(self.reason).name.lower()

    @property
    def reason_words(self) -> str:
        """Why a person has to decide."""
        return self.get_guard_display() if self.guard else Reason(self.reason).words

    @property
    def chance(self) -> str:
        """How likely they are one person, in percent: never nothing, never certain."""
        percent = round(100 * self.probability)
        return "under 1 %" if percent < 1 else "over 99 %" if percent > 99 else f"{percent} %"

    @property
    def is_one(self) -> bool:
        """Whether both are one customer by now."""
        return self.a.customer_id == self.b.customer_id

    @property
    def is_decided(self) -> bool:
        return self.state in (self.State.SAME, self.State.DIFFERENT)

    @property
    def is_taken_back(self) -> bool:
        """Whether the decision's link was withdrawn elsewhere: from a customer's history, say."""
        return bool(self.is_decided and self.link and self.link.withdrawn_at)

    @property
    def standing(self) -> str:
        """What holds now: the state, or that what was decided was taken back."""
        return TAKEN_BACK if self.is_taken_back else self.state

    @property
    def verdict_words(self) -> str:
        """What was decided."""
        return {self.State.SAME: "the same person", self.State.DIFFERENT: "different people"}.get(
            self.State(self.state), self.get_state_display()
        )


class RunQuerySet(models.QuerySet["Run"]):
    def left(self, since: datetime) -> "RunQuerySet":
        """Runs that are not over, and whose process has given no sign of life since then."""
        return self.filter(state__in=[*Run.UNDER_WAY, Run.State.APPLYING], beat_at__lt=since)


class Run(models.Model):
    """One whole pass over all customers: how far it is, what it found, who said yes.

    total, done: of the stage. figures: counts by name, as `manage.py match --json` prints them.
    """

    personal = Nothing(("backend", "figures", "error"))

    class State(models.TextChoices):
        READING = "reading", "reading customers"
        TRAINING = "training", "training the model"
        SCORING = "scoring", "comparing pairs"
        DECIDING = "deciding", "deciding and clustering"
        PUBLISHING = "publishing", "writing down what would change"
        WAITING = "waiting", "waiting for an admin's yes"
        APPLYING = "applying", "linking and withdrawing"
        DONE = "done", "done"
        REJECTED = "rejected", "rejected"
        FAILED = "failed", "failed"

    UNDER_WAY = frozenset({State.READING, State.TRAINING, State.SCORING, State.DECIDING, State.PUBLISHING})

    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    backend = models.CharField(max_length=10, default="duckdb")
    model = models.ForeignKey(TrainedModel, null=True, on_delete=models.PROTECT, related_name="+")
    is_dry = models.BooleanField(default=False)
    must_train = models.BooleanField(
        default=False, db_default=False, help_text="A model is trained for it, however old the current one is."
    )
    is_agreed = models.BooleanField(
        default=False, db_default=False, help_text="It is applied, however many customers change."
    )
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    figures = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True, default="")
    started_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ruled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        db_table = "crm_matchrun"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.state}"

    @property
    def limit(self) -> int:
        """How many customers it may change unasked."""
        return max(LEAST_LIMIT, int(settings.MATCH_LIMIT * self.figures.get("customers", 0)))


class Change(models.Model):
    """One line of a whole pass's diff: a scored link to make, or one to withdraw (`link`)."""

    personal = Personal((Identifiers("a", "b"),), ages=Lasts.CUSTOMER)

    class Action(models.TextChoices):
        ADD = "add", "link"
        WITHDRAW = "withdraw", "withdraw"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="changes", db_index=False)
    action = models.CharField(max_length=8, choices=Action.choices)
    a = SoftForeignKey("crm.Identifier", on_delete=models.CASCADE)
    b = SoftForeignKey("crm.Identifier", on_delete=models.CASCADE)
    weight = models.FloatField()
    reason = models.SmallIntegerField(help_text="crm.matching.verdicts.Reason")
    link = SoftForeignKey("crm.Link", null=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = "line of a pass", "lines of passes of matching"
        db_table = "crm_matchchange"
        indexes = [models.Index(fields=["run", "id"], name="change_of_run")]

    def __str__(self) -> str:
        return f"{self.action} {self.a_id} and {self.b_id}"


class Snapshot(models.Model):
    """One day's figures of who is who, for the dashboard: taken by each whole pass, the day's last one stands."""

    personal = Nothing(("figures",))

    day = models.DateField(unique=True)
    figures = models.JSONField()

    class Meta:
        db_table = "crm_matchsnapshot"
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}"
