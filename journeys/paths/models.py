"""What people did, step by step, kept so that a month of it is read at once: numbers, packed by day as bytes."""

from django.db import models

from crm.privacy.personal import Nothing
from journeys.interactions.models import CHANNELS


class Step(models.Model):
    """Something that people do, by its name: a page by its path, an event, a call, an e-mail, a message.

    Made when it is first seen, and removed once nobody's day has it any more: so what somebody who was erased was alone
    with goes with them. Names are without addresses and numbers that could tell who somebody is (stepping.py).
    """

    personal = Nothing(("name",))

    class Kind(models.TextChoices):
        PAGE = "page", "Page"
        EVENT = "event", "Event"
        CALL = "call", "Call"
        EMAIL = "email", "E-mail"
        MESSAGE = "message", "Message"

    channel = models.CharField(max_length=6, choices=CHANNELS)
    kind = models.CharField(max_length=7, choices=Kind)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "kind", "channel"], name="step_once")]

    def __str__(self) -> str:
        return self.name


class PackedHits(models.Model):
    """What happened on a day (UTC) to the customers of a brand, or a part of it: columns of numbers, as bytes.

    piece: a day has as many as it takes, each in the order of time. hits: the length of each column. times: in
    milliseconds since the day began. used: the steps that occur. Whose a hit is, is read when it is asked, through
    OwnerBlock. No row is one person's: numbers of identifiers lead to nobody once they are erased, and the hits go
    with the interactions that they are of.
    """

    personal = Nothing(("brand", "identifiers", "times", "steps", "interactions", "used"))

    day = models.DateField()
    brand = models.CharField(max_length=20, blank=True, default="")
    piece = models.IntegerField()
    hits = models.IntegerField()
    identifiers = models.BinaryField()
    times = models.BinaryField()
    steps = models.BinaryField()
    interactions = models.BinaryField()
    used = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "brand", "piece"], name="packed_once")]

    def __str__(self) -> str:
        return f"{self.day}, piece {self.piece}"


class OwnerBlock(models.Model):
    """Whose some thousands of identifiers are: by number, their customer's; below 0 where browsing is withheld; 0 where
    they are nobody's.
    """

    personal = Nothing(("owners",))

    number = models.BigIntegerField(primary_key=True)
    owners = models.BinaryField()

    def __str__(self) -> str:
        return f"block {self.number}"


class HitNote(models.Model):
    """A day on which an interaction was changed in place, or, without its number, on which some went. By triggers."""

    personal = Nothing()

    day = models.DateField()
    interaction = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.interaction} on {self.day}"


class OwnerNote(models.Model):
    """An identifier that went, or whose browsing is withheld or shown from now on; triggers write it."""

    personal = Nothing()

    identifier = models.BigIntegerField()

    def __str__(self) -> str:
        return f"identifier {self.identifier}"
