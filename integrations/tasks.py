"""Gathers the tasks of integrations' rooms, for Celery to find."""

from integrations.inbox.tasks import drain_inbox

__all__ = ["drain_inbox"]
