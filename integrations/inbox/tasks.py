"""The inbox's Celery task."""

from celery import shared_task

from integrations.inbox.draining import drain


@shared_task(name="integrations.inbox.drain", ignore_result=True)
def drain_inbox() -> None:
    """Record and resolve whatever waits in the inbox."""
    drain()
