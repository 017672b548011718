"""Retention's Celery tasks: the nightly run, a turn at a time, and what is left of one whose worker died."""

import structlog
from celery import shared_task

from crm.privacy.retaining.running import begin, carry_on, is_under_way

log = structlog.get_logger(__name__)
TURN = 20.0  # seconds that one task works; then others have theirs
EXPIRES = 100  # seconds; after that, the clock has it carried on


@shared_task(name="crm.privacy.retain", ignore_result=True)
def retain() -> None:
    """Begin the night's run."""
    begin()
    take_turn()


@shared_task(name="crm.privacy.retain_on", ignore_result=True)
def retain_on() -> None:
    """Carry on a run that is under way."""
    if is_under_way():
        take_turn()


def take_turn() -> None:
    """Carry the run on; where there is more, another task does."""
    if carry_on(TURN):
        try:
            retain_on.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
        except Exception as error:  # whatever the broker's client raises; the clock has it carried on
            log.warning("retaining.broker_refused", error=type(error).__name__)
