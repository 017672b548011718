"""What attribution keeps of days: counts that add up, and which days are to be counted anew."""

from django.db import models

from crm.privacy.personal import Nothing


class AttributionCount(models.Model):
    """The journeys of one day that ended alike, counted by one dimension of their touches (counting.py, packing.py).

    outcome, currency: of those that converted; "" of those that did not. by_phone: the conversion was made in a call.
    brand: whose customers they are of. No row is about anybody: what in a name may tell who somebody is, is left out,
    and a day from which somebody is erased is counted anew.
    """

    personal = Nothing(("dimension", "outcome", "currency", "brand", "counts"))

    day = models.DateField()
    dimension = models.CharField(max_length=10)
    outcome = models.CharField(max_length=20, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    by_phone = models.BooleanField(default=False)
    brand = models.CharField(max_length=20, blank=True, default="")
    counts = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dimension", "day", "outcome", "currency", "by_phone", "brand"], name="attribution_count_once"
            )
        ]
        indexes = [models.Index(fields=["day"], name="attribution_count_of_day")]

    def __str__(self) -> str:
        return f"{self.day} by {self.dimension}"


class WithheldCount(models.Model):
    """How many touchpoints and conversions of a day were left out, since their browsing is withheld (leaving_out.py).

    brand: whose customers they are of. Of nobody in particular, and told in tens only.
    """

    personal = Nothing(("brand",))

    day = models.DateField()
    brand = models.CharField(max_length=20, blank=True, default="")
    touchpoints = models.IntegerField()
    conversions = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "brand"], name="withheld_count_once")]

    def __str__(self) -> str:
        return f"withheld on {self.day}"


class CountedDay(models.Model):
    """A day, when it was counted, and since when something of it is known to have changed. None: never, nothing.

    is_urgent: what changed is that somebody may not be counted any more.
    """

    personal = Nothing()

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField(null=True)
    stale_since = models.DateTimeField(null=True)
    is_urgent = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return str(self.day)


class StaleDay(models.Model):
    """A day (UTC) of which touchpoints or conversions changed; triggers write it, whoever changed them. what: which.

    is_urgent: because somebody refused that their browsing is looked at, was restricted, or erased.
    """

    personal = Nothing(("what",))

    day = models.DateField()
    what = models.CharField(max_length=10)
    is_urgent = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"{self.what} of {self.day}"
