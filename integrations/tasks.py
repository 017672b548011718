"""Gathers the tasks of integrations' rooms, for Celery to find."""

from integrations.inbox.tasks import drain_inbox
from integrations.uploads.tasks import upload_conversions
from integrations.webhooks.tasks import tell_webhooks

__all__ = ["drain_inbox", "tell_webhooks", "upload_conversions"]
