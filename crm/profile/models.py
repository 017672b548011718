"""Traits: factual attributes, each kept with the identifier it was asserted about and its source; what staff said of
them, and the rules that choose the value shown.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.changes import Change
from crm.fields import SoftForeignKey
from crm.privacy.personal import Identifiers, Lasts, Nothing, Personal
from crm.profile.rules import Rules, read_rules


class Trait(models.Model):
    """One value of one field, asserted about one identifier by one source.

    name: given_name, surname, full_name, date_of_birth, email, phone, street, city, postcode, country, language,
    company and the like, or any custom name. The same value asserted again moves only the times.
    days: those on which it was asserted (UTC), sorted. is_verified: once asserted as checked, it stays so.
    """

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="last_seen_at")

    identifier = models.ForeignKey("crm.Identifier", on_delete=models.PROTECT, related_name="traits", db_index=False)
    source = SoftForeignKey("crm.Source")
    name = models.CharField(max_length=60)
    value = models.CharField(max_length=1000)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    days = ArrayField(models.DateField(), default=list, db_default=[])
    is_verified = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identifier", "name", "value", "source"], name="trait_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of identifier {self.identifier_id}"


class Correction(models.Model):
    """What somebody of the staff said of a customer, who and when; taken back, its trait is gone again."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER, heard="at")

    identifier = models.ForeignKey("crm.Identifier", on_delete=models.PROTECT, related_name="corrections")
    name = models.CharField(max_length=60)
    value = models.CharField(max_length=1000)
    is_verified = models.BooleanField(default=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.name} of identifier {self.identifier_id}"


class RuleChange(Change):
    """The rules of survivorship and the custom fields, as somebody set them."""

    personal = Nothing(("content", "said"))

    @property
    def rules(self) -> Rules:
        return read_rules(self.content)
