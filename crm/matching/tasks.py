"""Matching's Celery tasks: a message that identifiers have to be matched anew, and whole passes beside the worker."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from crm.matching.launching import launch
from crm.matching.live import match_due
from crm.matching.models import Run
from crm.matching.progress import STILL

log = structlog.get_logger(__name__)
EXPIRES = 10  # seconds; an older message says nothing new
TURN = 5.0  # seconds that one task matches
PASS_EXPIRES = 100  # seconds; after that, the clock has it finished


@shared_task(name="crm.matching.match_changed", ignore_result=True)
def match_changed() -> None:
    """Match what is due."""
    match_due(TURN)


def announce() -> None:
    """Send the message. Raises whatever the broker's client does when the broker is away."""
    match_changed.apply_async(expires=EXPIRES, retry=False, ignore_result=True)


@shared_task(name="crm.matching.match", ignore_result=True)
def match(*arguments: str) -> None:
    """Start a whole pass: every night by the clock, or when an admin asks."""
    launch(*arguments)


@shared_task(name="crm.matching.finish", ignore_result=True)
def finish() -> None:
    """Finish a whole pass whose process is gone."""
    if Run.objects.left(timezone.now() - timedelta(seconds=STILL)).exists():
        launch("--finish")


def start_soon(*arguments: str) -> None:
    """Have a worker start a whole pass; where the broker is away, the clock starts what is left within two minutes."""
    try:
        match.apply_async(arguments, retry=False, expires=PASS_EXPIRES)
    except Exception as error:  # whatever the broker's client raises
        log.warning("matching.broker_refused", error=type(error).__name__)
