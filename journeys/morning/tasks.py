"""The Celery tasks of the page of every morning and its mails, which the beat sends every minute."""

import structlog
from celery import shared_task
from django.utils import timezone

from journeys.morning.counting import count
from journeys.morning.sending import send_due

log = structlog.get_logger(__name__)
TURN = 20.0  # seconds that one task works; then others have theirs
EXPIRES = 50  # seconds; by then, the beat has sent another


@shared_task(name="journeys.morning.count", ignore_result=True)
def count_mornings() -> None:
    """Count the days that attribution counted since; where there is more, the next task goes on."""
    count(TURN)


@shared_task(name="journeys.morning.send", ignore_result=True)
def send_mails() -> None:
    """Send the weekly mails whose hour has come."""
    send_due(timezone.now(), TURN)


def announce() -> None:
    """Have mails sent soon; where the broker is away, the beat has it done within a minute."""
    try:
        send_mails.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
    except Exception as error:  # whatever the broker's client raises
        log.warning("morning.broker_refused", error=type(error).__name__)
