"""What the page of every morning keeps of days."""

from django.db import models

from crm.privacy.personal import Nothing


class MorningDay(models.Model):
    """What happened on a day that is over, to the customers of a brand ("": of none). Of brand "" there is always one.

    people: who did anything, and in the seven days that end with it, week_people. missed: calls that nobody answered.
    sold: [[currency, by phone, conversions, value]]. rings: which channel groups and campaigns led to calls
    (ringing.py), on that day and in those seven. No row is about anybody.
    """

    personal = Nothing(("brand", "sold", "rings"))

    day = models.DateField()
    brand = models.CharField(max_length=20, blank=True, default="")
    people = models.PositiveIntegerField(default=0)
    week_people = models.PositiveIntegerField(default=0)
    visits = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    sold = models.JSONField(default=list)
    rings = models.JSONField(default=dict)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "brand"], name="morning_day_once")]

    def __str__(self) -> str:
        return f"{self.day} of {self.brand or 'no brand'}"
