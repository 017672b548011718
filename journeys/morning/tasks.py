"""The Celery task of the page of every morning, which the beat sends every minute."""

from celery import shared_task

from journeys.morning.counting import count

TURN = 20.0  # seconds that one task works; then others have theirs


@shared_task(name="journeys.morning.count", ignore_result=True)
def count_mornings() -> None:
    """Count the days that attribution counted since; where there is more, the next task goes on."""
    count(TURN)
