"""Endpoints and messages as the pages show them: with how the last attempt went."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from integrations.webhooks.models import Endpoint, WebhookAttempt, WebhookMessage


class Row(NamedTuple):
    """A message with its last attempt."""

    message: WebhookMessage
    last: WebhookAttempt | None


class Shown(NamedTuple):
    """An endpoint with how the last attempt to reach it went."""

    endpoint: Endpoint
    last: WebhookAttempt | None


def rows_of(messages: Sequence[WebhookMessage]) -> list[Row]:
    tries = WebhookAttempt.objects.filter(message__in=messages).order_by("message", "-pk").distinct("message")
    last = {one.message_id: one for one in tries}
    return [Row(one, last.get(one.pk)) for one in messages]


def last_tries(endpoints: Sequence[Endpoint]) -> list[Shown]:
    return [Shown(one, last_try(one)) for one in endpoints]


def last_try(endpoint: Endpoint) -> WebhookAttempt | None:
    """How it went with the latest message that was tried."""
    latest = endpoint.messages.filter(attempts__gt=0).order_by("-pk").values_list("pk", flat=True).first()
    return WebhookAttempt.objects.filter(message=latest).first() if latest else None


def readable(body: str) -> str:
    """A body, indented."""
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
