"""Traits: factual attributes, each kept with the identifier it was asserted about and its source."""

from django.db import models


class Trait(models.Model):
    """One value of one field, asserted about one identifier by one source.

    name: given_name, surname, full_name, date_of_birth, email, phone, street, city, postcode, country, language,
    company and the like, or any custom name. The same value asserted again moves only the times.
    """

    identifier = models.ForeignKey("crm.Identifier", on_delete=models.PROTECT, related_name="traits")
    source = models.ForeignKey("crm.Source", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    value = models.CharField(max_length=1000)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identifier", "name", "value", "source"], name="trait_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of identifier {self.identifier_id}"
