"""Endpoints and the messages that were sent to them."""

from typing import Any

from crm.identity.models import Customer
from integrations.webhooks.events import CALL_ENDED, MERGED, SAID
from integrations.webhooks.models import Endpoint, WebhookAttempt, WebhookMessage
from integrations.webhooks.wording import body_of
from journeys.tests.factories import NOON


def endpoint(url: str = "https://warehouse.example/hooks", **told: Any) -> Endpoint:
    """An endpoint that is told of everything from the day on that the journeys of the tests began."""
    made = Endpoint.objects.create(**{"name": "warehouse", "url": url, "events": [*SAID], **told})
    Endpoint.objects.filter(pk=made.pk).update(created_at=NOON.replace(year=2025))
    made.refresh_from_db()
    return made


def message(to: Endpoint, key: str = "call:1", **told: Any) -> WebhookMessage:
    body = body_of(CALL_ENDED, NOON, {"call": key})
    options = {"event": CALL_ENDED, "body": body, "due_at": NOON, **told}
    return WebhookMessage.objects.create(endpoint=to, key=key, **options)


def endpoint_with_messages(customer: Customer) -> tuple[Endpoint, WebhookMessage]:
    """One that failed of late: a message that was sent, one that waits, one that was given up; and one removed."""
    made = endpoint(failing_since=NOON)
    sent = message(made, "identity:1:1:2", event=MERGED, customer=customer, state="sent", due_at=None, attempts=2)
    WebhookAttempt.objects.create(message=sent, status=None, milliseconds=15_000, reason="the answer did not come")
    WebhookAttempt.objects.create(message=sent, status=200, milliseconds=84, answer='{"ok": true}')
    message(made, "call:1", attempts=1)
    message(made, "call:2", state="failed", due_at=None, attempts=10)
    endpoint(name="old warehouse", removed_at=NOON)
    endpoint(name="shop", paused_at=NOON, paused_for=Endpoint.Why.GONE)
    return made, sent
