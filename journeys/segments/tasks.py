"""The Celery tasks of segments, which the beat sends every half minute."""

from celery import shared_task

from journeys.segments.turning import keep

TURN = 20.0  # seconds that one task works; then others have theirs
EXPIRES = 25  # seconds; by then, the beat has sent another


@shared_task(name="journeys.segments.keep", ignore_result=True)
def keep_segments() -> None:
    """Keep segments up with what happens; where there is more, another task goes on."""
    if keep(TURN):
        keep_segments.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
