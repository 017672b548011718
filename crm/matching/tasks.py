"""Matching's Celery task: a message that says that identifiers have to be matched anew."""

from celery import shared_task

from crm.matching.live import match_due

EXPIRES = 10  # seconds; an older message says nothing new
TURN = 5.0  # seconds that one task matches


@shared_task(name="crm.matching.match_changed", ignore_result=True)
def match_changed() -> None:
    """Match what is due."""
    match_due(TURN)


def announce() -> None:
    """Send the message. Raises whatever the broker's client does when the broker is away."""
    match_changed.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
