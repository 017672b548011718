"""The Celery tasks of attribution, which the beat sends every minute."""

from celery import shared_task

from journeys.attribution.deriving import derive

TURN = 20.0  # seconds that one task works; then others have theirs
EXPIRES = 50  # seconds; by then, the beat has sent another


@shared_task(name="journeys.attribution.derive", ignore_result=True)
def derive_touchpoints() -> None:
    """Keep touchpoints up with what was recorded; where there is more, another task goes on."""
    if derive(TURN):
        derive_touchpoints.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
