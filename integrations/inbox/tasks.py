"""The inbox's Celery task: a message that says that something waits."""

import time

from celery import shared_task

from integrations.inbox.draining import drain

EXPIRES = 10  # seconds; an older message says nothing new
TURN = 5.0  # seconds that one task drains; then it hands on
LINGER = 1.5  # seconds that a task looks on after the last delivery: longer than the pause between two hints


@shared_task(name="integrations.inbox.drain", ignore_result=True)
def drain_inbox() -> None:
    """Record and resolve whatever waits in the inbox, and what comes while it is at it."""
    began_at = time.monotonic()
    drain(TURN, LINGER)
    if time.monotonic() - began_at >= TURN:
        announce()


def announce() -> None:
    """Send the message. Raises whatever the broker's client does when the broker is away; the sweep drains then."""
    drain_inbox.apply_async(expires=EXPIRES, retry=False, ignore_result=True)
