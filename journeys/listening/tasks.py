"""The Celery tasks of listening: a message that there are words to look at, or recordings to fetch."""

from celery import shared_task

from journeys.listening.working import work

EXPIRES = 30  # seconds; an older message says nothing new
LONGEST = 330  # seconds that a task may run: a recording of two hours takes its time


@shared_task(name="journeys.listening.listen", ignore_result=True, soft_time_limit=LONGEST - 10, time_limit=LONGEST)
def listen() -> None:
    """Settle what is due and fetch what waits, for a turn; what is left then is announced again."""
    if work():
        announce()


def announce() -> None:
    """Send the message. Raises whatever the broker's client does when the broker is away."""
    listen.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
