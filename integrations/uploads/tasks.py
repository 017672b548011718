"""The Celery task of uploads, which the beat sends."""

import structlog
from celery import shared_task

from integrations.uploads.inquiring import inquire
from integrations.uploads.planning import plan
from integrations.uploads.recalling import take_back
from integrations.uploads.sending import send

log = structlog.get_logger(__name__)
TURN = 20.0  # seconds that one task sends; then others have their turn
EXPIRES = 25  # seconds; by then, the beat has sent another


@shared_task(name="integrations.uploads.upload", ignore_result=True)
def upload_conversions() -> None:
    """Tell ad platforms of conversions; where there is more, another task goes on."""
    is_more = any([plan(), take_back(TURN), inquire(TURN)])
    if send(TURN) or is_more:
        announce()


def announce() -> None:
    """Have it done soon; where the broker is away, the beat has it done within half a minute."""
    try:
        upload_conversions.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
    except Exception as error:  # whatever the broker's client raises
        log.warning("uploads.broker_refused", error=type(error).__name__)
