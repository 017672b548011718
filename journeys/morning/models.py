"""What the page of every morning keeps of days."""

from django.conf import settings
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


class WeeklyMail(models.Model):
    """Somebody's wish to be mailed the account of each week: on which weekday (0: Monday), from which hour on, by the
    clock of the installation. since: when they last said so; a week's mail that was due before is not for them.
    """

    personal = Nothing()

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField(default=0)
    hour = models.PositiveSmallIntegerField(default=7)
    is_on = models.BooleanField(default=True)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"weekly mail of login {self.user_id}"


class SentMail(models.Model):
    """One mail of one week (its Monday) to somebody: weekly, once; or because they asked for it now.

    asked_at: when it was due, or asked for. tries: how often it was tried. next_at: when it is tried again, or, while
    it is being sent, by when it must be done. why: it was not sent, in our words: never what a mail server said.
    """

    personal = Nothing(("why",))

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "not sent"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    monday = models.DateField()
    is_asked_for = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "monday"], condition=models.Q(is_asked_for=False), name="weekly_mail_once"
            )
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="sent_mail_of_user"),
            models.Index(
                fields=["next_at"], condition=models.Q(state__in=["waiting", "sending"]), name="sent_mail_due"
            ),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk} of the week from {self.monday}"
