"""Sources: the connected systems that facts come from."""

import secrets

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.utils import timezone

from crm.fields import SealedField, SealedSettingsField
from crm.identity.kinds import WALL
from crm.privacy.personal import Nothing


def new_public_id() -> str:
    """A short unguessable id, as it stands in the source's address."""
    return "src_" + secrets.token_hex(8)


def new_write_key() -> str:
    """The key that a sender shows; it may be public, so it allows sending only."""
    return "wk_" + secrets.token_urlsafe(18)


def new_secret() -> str:
    """The secret that signs what a vendor sends."""
    return secrets.token_urlsafe(32)


def default_country() -> str:
    """The region code (ISO 3166-1) that national phone numbers are read in."""
    return str(settings.COUNTRY)


BRAND_GROUP = "brand:"  # before a brand's word: the group of its people
LONGEST_NAMESPACE = 80
STAFF = "staff"  # the adapter of the one source that no system sends to: what our own people say


# The settings of any adapter that are never shown again.
SECRET_SETTINGS = ("app_secret", "auth_token", "recording_password", "signing_key")


class Brand(models.Model):
    """One of several brands of a business between which there are walls: what comes in for one is known to its own
    people, and joined to nothing that comes in elsewhere. word: stands in the namespaces of all its identifiers.

    Its people are the group `group`; what belongs to no brand is common to all who see customers.
    """

    personal = Nothing(("word", "name"))

    word = models.CharField(
        primary_key=True,
        max_length=20,
        validators=[RegexValidator(r"^[a-z][a-z0-9]*$", "Small letters and figures only, a letter first.")],
    )
    name = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def group(self) -> str:
        """The name of the group of its people."""
        return BRAND_GROUP + self.word


class SourceQuerySet(models.QuerySet["Source"]):
    def connected(self) -> "SourceQuerySet":
        """Systems that send, without our own people."""
        return self.exclude(adapter=STAFF)


class Source(models.Model):
    """A connected system.

    namespace: sources that share it share their login ids, records, cookies and handles.
    is_trusted: what it says of two identifiers is verified (a signed webhook, a server-side key);
    a browser's write key is public, so what it claims joins no two identified customers.
    is_joining: whether what it sees together is linked; without, what it sends is recorded and ties nobody.
    paused_at: since when what it sends is kept and waits, until an admin has looked.
    brand: whose customers it tells of. Its namespace then ends in the brand's wall, so it stays as it was made.
    """

    personal = Nothing(("public_id", "name", "adapter", "namespace", "country", "write_key", "secret", "settings"))

    public_id = models.CharField(max_length=40, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=80, unique=True)
    adapter = models.CharField(max_length=40)
    namespace = models.CharField(max_length=LONGEST_NAMESPACE)
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="sources")
    country = models.CharField(max_length=2, default=default_country)
    is_trusted = models.BooleanField(default=False)
    write_key = models.CharField(max_length=60, unique=True, default=new_write_key)
    secret = SealedField(max_length=600, default=new_secret, validators=[MaxLengthValidator(200)])
    settings = SealedSettingsField(default=dict, blank=True, secrets=SECRET_SETTINGS)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    is_joining = models.BooleanField(default=True, db_default=True)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def settle(self, namespace: str, brand: Brand | None) -> None:
        """Give a new source its namespace (empty: its own) and its side of the walls. Raises ValidationError."""
        if WALL in namespace:
            raise ValidationError({"namespace": f"a namespace has no {WALL}: it marks the walls between brands"})
        wall, own = f"{WALL}{brand.word}" if brand else "", namespace or self.name.replace(WALL, " ")
        self.brand, self.namespace = brand, own[: LONGEST_NAMESPACE - len(wall)] + wall

    @classmethod
    def of_staff(cls) -> "Source":
        """The source of what our own people say, made when it is first needed."""
        found = cls.objects.filter(adapter=STAFF).first()
        if found is None:
            is_taken = cls.objects.filter(name="Staff").exists()
            told: dict[str, object] = {
                "name": "Staff, by hand" if is_taken else "Staff",
                "adapter": STAFF,
                "namespace": STAFF,
            }
            told |= {"is_trusted": True, "disabled_at": timezone.now()}  # nobody can send as our own people
            found, _ = cls.objects.get_or_create(public_id=STAFF, defaults=told)
        return found

    @property
    def endpoint(self) -> str:
        """The path that this source's webhooks arrive at."""
        return f"/in/{self.public_id}/"

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def pause(self) -> "Pause | None":
        """Why it is paused, while it is."""
        return self.pauses.filter(ended_at=None).order_by("-pk").first() if self.is_paused else None


class Joined(models.Model):
    """How many identified customers a source's links joined to others in one minute. links: the ids of a few of them.

    Written when two customers become one, and only then: most minutes have no row.
    """

    personal = Nothing()

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+", db_index=False)
    minute = models.DateTimeField()
    customers = models.IntegerField()
    links = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        db_table = "crm_sourcejoined"
        constraints = [models.UniqueConstraint(fields=["source", "minute"], name="joined_by_minute")]

    def __str__(self) -> str:
        return f"{self.customers} customers at {self.minute:%Y-%m-%d %H:%M}"


class Pause(models.Model):
    """The breaker paused a source: its events suddenly joined many customers.

    customers: how many, within `minutes`. usual: how many in as long, on an average of its last days. since: of the
    first of them. links: the ids of a few of the links that joined them.
    """

    personal = Nothing()

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="pauses")
    at = models.DateTimeField(auto_now_add=True)
    customers = models.IntegerField()
    minutes = models.IntegerField()
    usual = models.FloatField()
    since = models.DateTimeField()
    links = ArrayField(models.BigIntegerField(), default=list)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "crm_sourcepause"

    def __str__(self) -> str:
        return f"{self.source} paused at {self.at:%Y-%m-%d %H:%M}"
