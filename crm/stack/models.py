"""Heartbeats: which parts of the stack answered, and when; and when what is done by the clock was last sent."""

from django.db import models

from crm.privacy.personal import Nothing


class Heartbeat(models.Model):
    """When a part (worker, sweep, beat) last did something of its own accord, or an entry of the schedule was sent."""

    personal = Nothing(("part",))

    part = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.part
