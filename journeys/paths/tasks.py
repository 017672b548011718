"""The Celery task of paths, which the beat sends every half minute."""

from celery import shared_task

from journeys.paths.keeping import pack

TURN = 20.0  # seconds that one task works; then others have theirs
EXPIRES = 25  # seconds; by then, the beat has sent another


@shared_task(name="journeys.paths.pack", ignore_result=True)
def pack_paths() -> None:
    """Pack what was recorded; where there is more, another task goes on."""
    if pack(TURN):
        pack_paths.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
