"""What is done by the clock: Celery's beat, with its last times in PostgreSQL instead of a file of its own.

So any machine may run it, and one that was down at the hour catches up (CELERY_BEAT_CRON_STARTING_DEADLINE says until
when) instead of forgetting.
"""

from typing import Any

import celery.beat
import structlog
from django.db import Error, close_old_connections
from django.db.models.functions import Now

from crm.stack import beats
from crm.stack.models import Heartbeat

log = structlog.get_logger(__name__)
SENT = "sent."  # before an entry's name: when it was last sent


class Scheduler(celery.beat.Scheduler):
    """Celery's own schedule, remembered; it beats as a part of the stack."""

    max_interval = beats.PAUSE

    def setup_schedule(self) -> None:
        """Take the schedule from the settings, each entry with the time it was last sent."""
        self.merge_inplace(self.app.conf.beat_schedule)
        sent = dict(Heartbeat.objects.filter(part__startswith=SENT).values_list("part", "at"))
        for name, entry in self.schedule.items():
            entry.last_run_at = sent.get(SENT + name, entry.last_run_at)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One look at the schedule; returns the seconds until the next."""
        try:
            beats.beat(beats.BEAT)
            return float(super().tick(*args, **kwargs))
        except Error as error:  # the database is away: wait for it
            log.warning("stack.beat_missed", part=beats.BEAT, error=type(error).__name__)
            close_old_connections()
            return self.max_interval

    def reserve(self, entry: Any) -> Any:
        """Note that an entry is being sent, before it is."""
        Heartbeat.objects.update_or_create(part=SENT + entry.name, defaults={"at": Now()})
        return super().reserve(entry)
