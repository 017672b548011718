"""Touchpoints, the groups that marketers put them in, and conversions: what a contact was worth in the end."""

from datetime import datetime

from django.conf import settings
from django.db import models

from crm.changes import Change
from crm.fields import SoftForeignKey
from crm.privacy.personal import Identifiers, Lasts, Mentions, Nothing, Personal, RowsOf
from journeys.interactions.models import CHANNELS


class DefinitionSet(models.QuerySet["ConversionDefinition"]):
    """Questions about definitions."""

    def staged(self) -> "DefinitionSet":
        """Those that count how far a journey has come, not what it came to."""
        return self.exclude(stage="")


class ConversionDefinition(models.Model):
    """What counts as a conversion, as an admin defined it (judging.py says what each column means).

    events, refunds, cancels: lists of names. lookback: how many days before a conversion a touchpoint may earn credit
    for it. is_by_phone: what it counts was agreed in a call, whoever reports it. stage: how far what it counts brings a
    journey, where it is not what the journey came to. version: goes up with every change
    that makes other rows. recounts_from: the interaction up to which what was recorded before that change is counted
    again; None where that is done.
    """

    personal = Nothing(("name", "events", "conditions", "value_field", "currency", "order_field", "refunds", "cancels"))

    class Once(models.TextChoices):
        ORDER = "order", "once for each order, by its number"
        CUSTOMER = "customer", "once for each customer in some days"
        EACH = "each", "every time"

    class Stage(models.TextChoices):
        NONE = "", "no stage of its own"
        LEAD = "lead", "it is a lead"
        OPPORTUNITY = "opportunity", "it is an opportunity"

    name = models.CharField(max_length=80, unique=True)
    channel = models.CharField(max_length=6, choices=CHANNELS)
    events = models.JSONField(default=list)
    conditions = models.JSONField(default=list, blank=True)
    value_field = models.CharField(max_length=60, blank=True, default="value")
    fixed = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, default="EUR")
    once = models.CharField(max_length=8, choices=Once, default=Once.ORDER)
    order_field = models.CharField(max_length=60, blank=True, default="order_id")
    days = models.PositiveSmallIntegerField(default=30)
    lookback = models.PositiveSmallIntegerField(default=90)
    refunds = models.JSONField(default=list, blank=True)
    cancels = models.JSONField(default=list, blank=True)
    is_by_phone = models.BooleanField(default=False)
    stage = models.CharField(max_length=11, choices=Stage, blank=True, default="", db_default="")
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    recounts_from = models.BigIntegerField(null=True, default=0)

    objects = DefinitionSet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def how_often(self) -> str:
        """How often it counts, as people would say it."""
        is_in_days = self.once == self.Once.CUSTOMER
        return f"once for each customer in {self.days} days" if is_in_days else self.Once(self.once).label


class DefinitionChange(Change):
    """The definitions of conversions, as somebody set them. content: {"definitions": [the columns of each]}."""

    personal = Nothing(("content", "said"))


class ConversionSet(models.QuerySet["Conversion"]):
    """Questions about conversions."""

    def counted(self) -> "ConversionSet":
        """Those that stand and may be counted: of browsing that is withheld, only orders are, for a sale is none."""
        is_withheld = models.Q(channel="web", identifier__is_withheld=True, order="")
        return self.filter(withdrawn_at=None).exclude(is_withheld)


class Conversion(models.Model):
    """An outcome that is worth something: said by staff, or derived from an interaction by a definition.

    What staff said is never changed: taken back, and said anew. What is derived is kept up with its interaction.
    currency: ISO 4217. order: the number of the order, where there is one. role: "", a refund (of negative value), or a
    cancellation (which never stands). of: the import that it came by. withdrawn_at: it does not count; why: of what is
    derived, why not. version: of the definition.
    """

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="at")

    class Kind(models.TextChoices):
        SALE = "sale", "Sale"
        UPGRADE = "upgrade", "Upgrade"
        RETAINED = "retained", "Kept the booking"
        DEFINED = "defined", "As defined"

    class Role(models.TextChoices):
        COUNTS = "", "counts"
        REFUND = "refund", "refund"
        CANCEL = "cancel", "cancellation"

    class Why(models.TextChoices):
        STANDS = "", "it stands"
        REPEAT = "repeat", "it says again what one before it said"
        CANCELLED = "cancelled", "it was cancelled"

    identifier = SoftForeignKey("crm.Identifier")
    interaction = SoftForeignKey("journeys.Interaction", null=True)
    call = SoftForeignKey("journeys.Call", null=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SALE)
    value = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    order = models.CharField(max_length=120, blank=True, default="")
    at = models.DateTimeField()
    definition = SoftForeignKey(ConversionDefinition, null=True)
    of = SoftForeignKey("journeys.ConversionImport", null=True)
    version = models.PositiveIntegerField(default=0, db_default=0)
    channel = models.CharField(max_length=6, choices=CHANNELS, blank=True, default="", db_default="")
    role = models.CharField(max_length=6, choices=Role, blank=True, default="", db_default="")
    why = models.CharField(max_length=9, choices=Why, blank=True, default="", db_default="")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = ConversionSet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interaction", "definition"], name="conversion_once")]
        indexes = [
            models.Index(fields=["identifier", "-at", "-id"], name="conversion_of_identifier"),
            models.Index(fields=["at", "id"], name="conversion_latest"),
            models.Index(
                fields=["definition", "order"], name="conversion_of_order", condition=models.Q(definition__isnull=False)
            ),
            models.Index(fields=["order"], name="conversion_by_order", condition=~models.Q(order="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ConversionImport(models.Model):
    """Conversions from elsewhere, as one act: looked at first, noted in the background, and taken back as a whole.

    source: whose ids the lines name people by. total: lines; done: of the state that it is in. figures: how many lines
    came to each outcome.
    """

    personal = Nothing(("name", "figures"))

    class State(models.TextChoices):
        READY = "ready", "waiting for a yes"
        RUNNING = "running", "being noted"
        DONE = "done", "done"
        UNDOING = "undoing", "being undone"
        UNDONE = "undone", "undone"
        DROPPED = "dropped", "dropped, and nothing was noted"

    name = models.CharField(max_length=200)
    source = models.ForeignKey("crm.Source", models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.READY)
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    figures = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="import_under_way", condition=models.Q(state__in=["running", "undoing"]))
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.RUNNING, self.State.UNDOING)


class ConversionLine(models.Model):
    """A line of an import: whom it names and what it says, until it is noted, and what came of it."""

    personal = Personal((Mentions("who"),), blank={"who": "", "told": {}, "said": ""}, ages=Lasts.PROOF)

    class Outcome(models.TextChoices):
        READY = "ready", "would be noted"
        ALREADY = "already", "noted before"
        REFUSED = "refused", "refused"
        DONE = "done", "noted"
        UNDONE = "undone", "taken back"

    of = models.ForeignKey(ConversionImport, models.CASCADE, related_name="lines", db_index=False)
    number = models.IntegerField()
    who = models.CharField(max_length=400, blank=True, default="")
    told = models.JSONField(default=dict)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.READY)
    said = models.CharField(max_length=300, blank=True, default="")
    conversion = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="conversion_line_once")]

    def __str__(self) -> str:
        return f"line {self.number} of import {self.of_id}"

    @property
    def at(self) -> datetime | None:
        """When what it says happened."""
        said = self.told.get("at")
        return datetime.fromisoformat(said) if said else None


class ChannelGroup(models.Model):
    """A group of touchpoints, by the name that a rule gives it. Made when a rule first names it, and never removed."""

    personal = Nothing(("name",))

    name = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class TouchpointSet(models.QuerySet["Touchpoint"]):
    """Questions about touchpoints."""

    def counted(self) -> "TouchpointSet":
        """Those that may be counted: browsing that is withheld is not. Whoever reads touchpoints goes through here, or
        puts `deriving.COUNTED` into a statement.
        """
        return self.exclude(channel="web", identifier__is_withheld=True)


class Touchpoint(models.Model):
    """Something that may earn credit for a conversion: how a visit began, a call, the beginning of a conversation.

    Derived from interactions, and kept up with them (deriving.py): nobody else writes here. Whose it is, is read when
    it is asked, through identifier.customer; so merges change no row.

    identifier: whom it hangs off, as its interaction; via: the browser or line it came through. source, medium,
    campaign, keyword, content: in marketers' words, "" where nothing says. click: the kind of click id. landing: the
    path of the first page. queue: of a call, by its name. session: the number that its visit had then. is_direct: a
    visit of which nothing says where it came from.
    """

    personal = Personal(
        (Identifiers("identifier"), RowsOf("journeys.Interaction", {"interaction_id": "id"})), ages=Lasts.WITH
    )

    identifier = SoftForeignKey("crm.Identifier")
    via = SoftForeignKey("crm.Identifier", null=True)
    interaction = SoftForeignKey("journeys.Interaction")
    session = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    channel = models.CharField(max_length=6, choices=CHANNELS)
    group = SoftForeignKey(ChannelGroup)
    source = models.CharField(max_length=200, blank=True, default="")
    medium = models.CharField(max_length=200, blank=True, default="")
    campaign = models.CharField(max_length=200, blank=True, default="")
    keyword = models.CharField(max_length=200, blank=True, default="")
    content = models.CharField(max_length=200, blank=True, default="")
    click = models.CharField(max_length=20, blank=True, default="")
    landing = models.CharField(max_length=300, blank=True, default="")
    queue = models.CharField(max_length=60, blank=True, default="")
    is_direct = models.BooleanField(default=False)

    objects = TouchpointSet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interaction"], name="touchpoint_once")]
        indexes = [
            models.Index(fields=["identifier", "at", "id"], name="touchpoint_of_identifier"),
            models.Index(fields=["at", "id"], name="touchpoint_latest"),
        ]

    def __str__(self) -> str:
        return f"touchpoint {self.pk}"


class Place(models.Model):
    """How far what is derived follows a table: every row up to this number was looked at."""

    personal = Nothing(("name",))

    name = models.CharField(max_length=20, primary_key=True)
    upto = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.upto}"


class GroupingChange(Change):
    """The rules of channel groups, as somebody set them (grouping.py says how they are kept)."""

    personal = Nothing(("content", "said"))
