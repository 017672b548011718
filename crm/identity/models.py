"""Identifiers, the links between them, and the customers they add up to."""

import uuid

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate, Reverse

from crm.fields import SoftForeignKey
from crm.identity.kinds import RANK, Kind
from crm.privacy.personal import INACTIVE, Ageing, Customers, Identifiers, Lasts, Nothing, Personal

UNSHARED_READ = 2_000  # identifiers of one customer


class Customer(models.Model):
    """The unified person: what the standing links of identifiers add up to.

    Every identifier is born with a customer of its own (`Identifier.origin`); while links join it to others,
    that customer's public id redirects to the one that stands. brand: the one they are walled off with, by its word;
    "" for those whom everybody may see who sees customers.
    """

    personal = Personal(
        (Customers("id"),),
        blank={"public_id": RandomUUID()},
        keeps=("brand",),
        ages=(
            Ageing(
                INACTIVE, "created_at", "Inactive customers",
                "The whole customer, erased like somebody who asked for it, but not kept from coming back: nothing was "
                "heard of or noted about them for as long.", "months",
            ),
        ),
    )  # fmt: skip

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    brand = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["brand", "id"], name="customer_by_brand", condition=~Q(brand=""))]

    def __str__(self) -> str:
        return str(self.public_id)

    def spokesman(self) -> "Identifier | None":
        """The identifier that stands for this customer where staff speak of them: the most telling one that is not
        shared; None where all are.
        """
        unshared = Identifier.objects.filter(customer=self, shared="")[:UNSHARED_READ]
        return min(unshared, key=lambda one: one.telling, default=None)


class Identifier(models.Model):
    """A value that singles out one customer.

    `customer` is a cache of the fold over links: `regroup` alone writes it. `origin` never changes.
    `is_withheld`: their browsing is not shown, see crm/privacy/withholding.py.
    """

    personal = Personal((Identifiers("id"),), ages=Lasts.CUSTOMER)

    class Shared(models.TextChoices):
        NO = "", "not shared"
        COUNT = "count", "too many people use it"
        CONTRADICTION = "contradiction", "the people who use it contradict each other"
        STAFF = "staff", "staff marked it as shared"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    namespace = models.CharField(max_length=80, blank=True, default="")
    value = models.CharField(max_length=320)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="identifiers", db_constraint=False)
    origin = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="born_with", db_constraint=False)
    shared = models.CharField(max_length=13, choices=Shared.choices, blank=True, default=Shared.NO)
    ruled_shared = models.BooleanField(null=True, help_text="Staff's ruling; empty: the facts decide.")
    is_withheld = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["value", "kind", "namespace"], name="identifier_once")]
        indexes = [
            models.Index(
                fields=["value"],
                name="identifier_value_prefix",
                opclasses=["varchar_pattern_ops"],
                condition=Q(kind__in=[Kind.EMAIL, Kind.PHONE, Kind.LOGIN, Kind.RECORD, Kind.HANDLE]),
            ),
            models.Index(fields=["customer"], name="identifier_withheld", condition=Q(is_withheld=True)),
            models.Index(Collate(Reverse("value"), "C"), name="phone_by_last_digits", condition=Q(kind=Kind.PHONE)),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"

    @property
    def telling(self) -> tuple[int, int]:
        """Sorts identifiers: the most telling first, then the oldest."""
        return RANK[self.kind], self.pk

    @property
    def is_shared(self) -> bool:
        return bool(self.shared)

    @property
    def is_anonymous(self) -> bool:
        return self.kind in Kind.anonymous()


class LinkQuerySet(models.QuerySet["Link"]):
    def standing(self) -> "LinkQuerySet":
        """Links that nobody has withdrawn."""
        return self.filter(withdrawn_at=None)


class Link(models.Model):
    """A standing decision about two identifiers, with its evidence. `a` is the one with the smaller id."""

    personal = Personal((Identifiers("a", "b"),), by="crm.identity.forgetting.fold_neighbours", ages=Lasts.CUSTOMER)

    class Verdict(models.TextChoices):
        SAME = "same", "same person"
        DIFFERENT = "different", "different people"

    class Basis(models.TextChoices):
        OBSERVED = "observed", "seen together"
        RULE = "rule", "a rule"
        SCORED = "scored", "a match score"
        STAFF = "staff", "staff"

    class Held(models.TextChoices):
        NO = "", "in force"
        DIFFERENT = "different", "staff said they are different"
        CONTRADICTION = "contradiction", "the two sides contradict each other"
        SHARED = "shared", "one side is shared"
        UNVERIFIED = "unverified", "an unverified claim about an identified customer"
        LIMIT = "limit", "the customer would grow past its limits"
        REGION = "region", "too large a web of links to decide automatically"
        WALL = "wall", "a wall between two brands"

    a = models.ForeignKey(Identifier, on_delete=models.PROTECT, related_name="links_as_a", db_index=False)
    b = models.ForeignKey(Identifier, on_delete=models.PROTECT, related_name="links_as_b", db_index=False)
    verdict = models.CharField(max_length=9, choices=Verdict.choices, default=Verdict.SAME)
    basis = models.CharField(max_length=8, choices=Basis.choices)
    is_verified = models.BooleanField(default=False)
    weight = models.FloatField(default=0.0)
    source = SoftForeignKey("crm.Source", null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    held = models.CharField(max_length=13, choices=Held.choices, blank=True, default=Held.NO)

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="link_ordered"),
            models.UniqueConstraint(
                fields=["a", "b", "basis", "verdict", "is_verified"],
                condition=Q(withdrawn_at=None),
                name="link_stands_once",
            ),
        ]
        # `a` is found by the constraint's index; a skip scan of it for `b` looks cheap to the planner and is not.
        indexes = [
            models.Index(fields=["b"], condition=Q(withdrawn_at=None), name="link_standing_by_b"),
            models.Index(fields=["a"], condition=Q(withdrawn_at__isnull=False), name="link_withdrawn_by_a"),
            models.Index(fields=["b"], condition=Q(withdrawn_at__isnull=False), name="link_withdrawn_by_b"),
            models.Index(fields=["a", "b"], condition=Q(withdrawn_at=None, verdict="different"), name="verdict_apart"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict}: {self.a_id} and {self.b_id}"

    @property
    def has_twin(self) -> bool:
        """Whether a link that says the same stands."""
        said = {name: getattr(self, name) for name in ("a_id", "b_id", "basis", "verdict", "is_verified")}
        return Link.objects.standing().filter(**said).exclude(pk=self.pk).exists()


class IdentityEvent(models.Model):
    """One line of the identity log: append-only, read by rooms above from a cursor of their own (its id).

    moved: [[identifier id, customer id before, customer id after], ...], sorted.
    """

    personal = Nothing(("cause", "moved", "links"))

    at = models.DateTimeField(auto_now_add=True)
    cause = models.CharField(max_length=40)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="identity_events", db_constraint=False
    )
    moved = models.JSONField()
    links = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="identity_log"),
            models.Index(fields=["cause", "at", "id"], name="identity_log_by_cause"),
            models.Index(fields=["actor", "at", "id"], name="identity_log_by_actor", condition=Q(actor__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.cause} at {self.at:%Y-%m-%d %H:%M}"
