"""Uploads of conversions to ad platforms: to whom, what is to be told and was, and what they answered."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from crm.fields import SealedField, SealedSettingsField, SoftForeignKey
from crm.privacy.personal import Identifiers, Lasts, Nothing, Personal, RowsOf
from integrations.uploads.vendors import EVERY

SECRETS = sorted({name for one in EVERY for name in one.secrets})


class DestinationSet(models.QuerySet["Destination"]):
    """Questions about destinations."""

    def there(self) -> "DestinationSet":
        """Those that nobody removed."""
        return self.filter(removed_at=None)

    def sent_to(self) -> "DestinationSet":
        return self.there().filter(paused_at=None)


class Destination(models.Model):
    """An account with an ad platform that is told of conversions.

    settings: what the vendor asks for (Vendor.fields). actions: {number of a definition, or a kind that staff note:
    the vendor's action}; calls: the same, for what is told by a call. brand: whose customers beside those of no brand.
    purpose: what customers have to have agreed to. is_by_click: only what a click of theirs led to is told. by_orders:
    the vendor knows a conversion by the order's own number. since: from which conversions on. is_taken_back: all that
    was told is. base: another address than the vendor's own. token, token_until: what it is asked with, where that is
    fetched. failing_since: since when no request went well. said: what was answered when it was paused by itself.
    """

    personal = Nothing(("name", "vendor", "settings", "actions", "calls", "brand", "purpose", "base", "token", "said"))

    class Why(models.TextChoices):
        STAFF = "staff", "somebody paused it"
        ACCESS = "access", "it was refused access"
        FAILING = "failing", "every request failed for five days"

    name = models.CharField(max_length=80)
    vendor = models.CharField(max_length=12, choices=[(one.key, one.label) for one in EVERY])
    settings = SealedSettingsField(default=dict, secrets=SECRETS)
    actions = models.JSONField(default=dict)
    calls = models.JSONField(default=dict)
    brand = models.CharField(max_length=20, blank=True, default="")
    purpose = models.CharField(max_length=40)
    is_by_click = models.BooleanField(default=True)
    by_orders = models.BooleanField(default=False)
    since = models.DateTimeField()
    is_taken_back = models.BooleanField(default=False)
    base = models.CharField(max_length=200, blank=True, default="")
    token = SealedField(max_length=4_000, blank=True, default="")
    token_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    failing_since = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_for = models.CharField(max_length=7, choices=Why, blank=True, default="")
    said = models.CharField(max_length=200, blank=True, default="")
    removed_at = models.DateTimeField(null=True)

    objects = DestinationSet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """Something that is told of one conversion, once.

    turn: 1, and one more each time that it is told anew by another click; number: 0, and one more for each change that
    is told of it. told_as: what the vendor knows the conversion by. click: the interaction that holds the click id,
    click_kind: what kind that is; call: that of the call, where it is told by one. value: what it is worth (left),
    before: what was told before. why: why it is not told, or what was answered. shown: what was sent, without what
    tells who it is. due_at: when it is sent next, or what became of it is asked next; request: the number to ask by.
    """

    personal = Personal((Identifiers("identifier"),), by="integrations.uploads.recalling.let_go", ages=Lasts.CUSTOMER)

    class What(models.TextChoices):
        MADE = "made", "conversion"
        TAKEN_BACK = "taken back", "taken back"
        RESTATED = "restated", "worth less"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        PENDING = "pending", "accepted"
        SENT = "sent", "sent"
        REFUSED = "refused", "refused"
        LEFT_OUT = "left out", "left out"
        UNSURE = "unsure", "sent, without an answer"
        FAILED = "failed", "given up"

    destination = models.ForeignKey(Destination, models.PROTECT, related_name="uploads", db_index=False)
    conversion = models.BigIntegerField()
    identifier = SoftForeignKey("crm.Identifier")
    turn = models.PositiveSmallIntegerField(default=1)
    number = models.PositiveSmallIntegerField(default=0)
    what = models.CharField(max_length=10, choices=What, default=What.MADE)
    state = models.CharField(max_length=8, choices=State)
    why = models.CharField(max_length=200, blank=True, default="")
    told_as = models.CharField(max_length=140)
    action = models.CharField(max_length=60, blank=True, default="")
    click = models.BigIntegerField(null=True)
    click_kind = models.CharField(max_length=20, blank=True, default="")
    call = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    value = models.DecimalField(max_digits=12, decimal_places=2)
    before = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    currency = models.CharField(max_length=3)
    shown = models.JSONField(default=dict)
    request = models.CharField(max_length=80, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["destination", "conversion", "turn", "number"], name="upload_once")
        ]
        indexes = [
            models.Index(fields=["destination", "-id"], name="upload_latest"),
            models.Index(fields=["destination", "state", "-id"], name="upload_by_state"),
            models.Index(fields=["state", "-id"], name="upload_of_state"),
            models.Index(fields=["destination", "due_at"], name="upload_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["conversion"], name="upload_of_conversion"),
            models.Index(fields=["identifier"], name="upload_of_identifier"),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"


class UploadAnswer(models.Model):
    """What was answered once about an upload. status: None where nothing answered. code: the vendor's own word; said:
    what it means.
    """

    personal = Personal((RowsOf("integrations.Upload", {"upload_id": "id"}),), ages=Lasts.WITH)

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="answers")
    at = models.DateTimeField(auto_now_add=True)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    fate = models.CharField(max_length=8)
    code = models.CharField(max_length=80, blank=True, default="")
    said = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"answer {self.pk}: {self.status or self.said}"


class Recall(models.Model):
    """A conversion of somebody who was erased, which a destination was told of: to be taken back there. It holds no
    more than that takes, and is gone once it is answered.

    erasure: whose certificate says what became of it. client: the browser's id, where the vendor finds it by that. The
    rest as Upload's columns of the same names.
    """

    personal = Nothing(("told_as", "action", "click_kind", "currency", "client"))

    erasure = models.ForeignKey("crm.Erasure", models.CASCADE, related_name="+")
    destination = models.ForeignKey(Destination, models.PROTECT, related_name="recalls")
    told_as = models.CharField(max_length=140)
    action = models.CharField(max_length=60)
    click_kind = models.CharField(max_length=20, blank=True, default="")
    client = SealedField(max_length=600, blank=True, default="")
    at = models.DateTimeField()
    before = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["destination", "due_at"], name="recall_due")]

    def __str__(self) -> str:
        return f"recall {self.pk}"


class UploadNote(models.Model):
    """That something changed which may change what is told: of a conversion, a customer, or whoever has an identifier.
    Written by triggers of the database in the same transaction, and gone once it was looked at.
    """

    personal = Nothing()

    class Kind(models.TextChoices):
        CONVERSION = "conversion", "a conversion"
        IDENTIFIER = "identifier", "an identifier"
        CUSTOMER = "customer", "a customer"

    kind = models.CharField(max_length=10, choices=Kind)
    row_id = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
