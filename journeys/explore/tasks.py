"""The Celery tasks of Explore: a message that files wait to be made."""

from celery import shared_task

from journeys.explore.extracting import make_waiting

EXPIRES = 30  # seconds; an older message says nothing new
LONGEST = 600  # seconds that a file may take; one that was cut off is begun anew


@shared_task(name="journeys.explore.extract", ignore_result=True, soft_time_limit=LONGEST - 10, time_limit=LONGEST)
def extract() -> None:
    """Make the files that wait."""
    make_waiting()


def announce() -> None:
    """Send the message. Raises whatever the broker's client does when the broker is away."""
    extract.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
