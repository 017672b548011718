"""The Celery task of outgoing webhooks, which the beat sends every few seconds."""

import structlog
from celery import shared_task

from integrations.webhooks.sending import send
from integrations.webhooks.telling import tell

log = structlog.get_logger(__name__)
TURN = 20.0  # seconds that one task sends; then others have their turn
EXPIRES = 9  # seconds; by then, the beat has sent another


@shared_task(name="integrations.webhooks.tell", ignore_result=True)
def tell_webhooks() -> None:
    """Tell endpoints what happened; where there is more, another task goes on."""
    is_more = tell()
    if send(TURN) or is_more:
        announce()


def announce() -> None:
    """Have it done soon; where the broker is away, the beat has it done within seconds."""
    try:
        tell_webhooks.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
    except Exception as error:  # whatever the broker's client raises
        log.warning("webhooks.broker_refused", error=type(error).__name__)
