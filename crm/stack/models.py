"""Heartbeats: which parts of the stack answered, and when."""

from django.db import models


class Heartbeat(models.Model):
    """When a part (worker, sweep) last did something of its own accord."""

    part = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.part
