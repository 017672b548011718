"""What customers are found by beside their identifiers: names, and references such as order numbers."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Collate, Lower

from crm.privacy.personal import Identifiers, Lasts, Nothing, Personal
from crm.search.questions import PARTING

BARE = Func("value", Value(PARTING), Value(""), function="translate")  # a reference as it is compared
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Reference(models.Model):
    """An order, booking or ticket number that an identifier was seen with."""

    personal = Personal((Identifiers("identifier"),), ages=Lasts.CUSTOMER)

    identifier = models.ForeignKey("crm.Identifier", on_delete=models.PROTECT, related_name="references")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["value", "kind", "identifier"], name="reference_once")]
        indexes = [
            models.Index(Collate(BARE, "C"), name="reference_bare"),
            models.Index(Collate(Func(BARE, Value(LETTERS), function="ltrim"), "C"), name="reference_number"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


PLAIN_NAMES = Func(Lower("names"), Value("\n-'’,."), Value("  "), function="translate")


def word(place: int) -> Collate:
    """One word of the names: the first (1) or the last (-1); crm/search/named.py asks for the same in SQL."""
    return Collate(Func(PLAIN_NAMES, Value(" "), Value(place), function="split_part"), "C")


class SearchName(models.Model):
    """All names asserted about one identifier, as one search document of folded tokens."""

    personal = Personal((Identifiers("identifier"),), by="crm.search.forgetting.forget_names", ages=Lasts.CUSTOMER)

    identifier = models.OneToOneField("crm.Identifier", on_delete=models.PROTECT, primary_key=True, related_name="+")
    names = models.TextField()
    document = SearchVectorField()

    class Meta:
        indexes = [
            GinIndex(fields=["document"], name="search_name_document", fastupdate=False),
            models.Index(word(1), name="search_name_first_word"),
            models.Index(word(-1), name="search_name_last_word"),
        ]

    def __str__(self) -> str:
        return f"names of identifier {self.identifier_id}"


class Spelling(models.Model):
    """A way to reach a name token from a misspelling: the token less one letter, or how it sounds (`~` first)."""

    personal = Nothing(("spelling", "token"))  # of names that somebody has: the last one's go with their SearchName

    spelling = models.CharField(max_length=60)
    token = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["spelling", "token"], name="spelling_once")]

    def __str__(self) -> str:
        return self.spelling
