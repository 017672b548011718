"""The Celery tasks of attribution, which the beat sends every minute."""

import structlog
from celery import shared_task

from journeys.attribution.recounting import recount
from journeys.attribution.working import work

log = structlog.get_logger(__name__)
TURN = 20.0  # seconds that one task works; then others have theirs
EXPIRES = 50  # seconds; by then, the beat has sent another


@shared_task(name="journeys.attribution.derive", ignore_result=True)
def derive_touchpoints() -> None:
    """Keep up with what was recorded, and with what the rules say; where there is more, another task goes on."""
    if work(TURN):
        announce()


def announce() -> None:
    """Have it done soon; where the broker is away, the beat has it done within a minute."""
    try:
        derive_touchpoints.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
    except Exception as error:  # whatever the broker's client raises
        log.warning("touchpoints.broker_refused", error=type(error).__name__)


@shared_task(name="journeys.attribution.count", ignore_result=True)
def count_attribution() -> None:
    """Count the days that are new or have changed; where there is more, the next task goes on."""
    recount(TURN)
