"""What admins do with endpoints: make and change them, pause, remove and bring back, a new secret, a test, a replay."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from crm.privacy.actors import Actor
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from integrations.webhooks.events import TEST
from integrations.webhooks.models import Endpoint, WebhookMessage
from integrations.webhooks.sending import keep, letter, post
from integrations.webhooks.signing import new_secret
from integrations.webhooks.wording import body_of

OVERLAP = timedelta(hours=24)  # that messages are signed with the former secret, too
TEST_SECONDS = 10.0
State = WebhookMessage.State


@transaction.atomic
def save(endpoint: Endpoint, actor: Actor) -> None:
    """Keep a new endpoint, or what was changed of one."""
    said = "changed" if endpoint.pk else "made"
    endpoint.save()
    noted(endpoint, actor, said)


@transaction.atomic
def pause(endpoint: Endpoint, actor: Actor, now: datetime) -> None:
    """Send it nothing until it is resumed; what happens meanwhile waits."""
    endpoint.paused_at, endpoint.paused_for = endpoint.paused_at or now, endpoint.paused_for or Endpoint.Why.STAFF
    endpoint.save(update_fields=["paused_at", "paused_for"])
    noted(endpoint, actor, "paused")


@transaction.atomic
def resume(endpoint: Endpoint, actor: Actor) -> None:
    """Send it what waits, and what comes; its days of failing are counted anew."""
    endpoint.paused_at, endpoint.paused_for, endpoint.failing_since = None, "", None
    endpoint.save(update_fields=["paused_at", "paused_for", "failing_since"])
    noted(endpoint, actor, "resumed")


@transaction.atomic
def remove(endpoint: Endpoint, actor: Actor, now: datetime) -> None:
    """Tell it nothing any more. It can be brought back; what happened meanwhile is not told then."""
    endpoint.removed_at = endpoint.removed_at or now
    endpoint.save(update_fields=["removed_at"])
    noted(endpoint, actor, "removed")


@transaction.atomic
def bring_back(endpoint: Endpoint, actor: Actor) -> None:
    endpoint.removed_at = None
    endpoint.save(update_fields=["removed_at"])
    noted(endpoint, actor, "brought back")


@transaction.atomic
def replace_secret(endpoint: Endpoint, actor: Actor, now: datetime) -> None:
    """Sign with a new secret, and with the one before for a day."""
    endpoint.former_secret, endpoint.former_until = endpoint.secret, now + OVERLAP
    endpoint.secret = new_secret()
    endpoint.save(update_fields=["secret", "former_secret", "former_until"])
    noted(endpoint, actor, "given a new secret")


def try_out(endpoint: Endpoint, now: datetime) -> WebhookMessage:
    """Send a test now, also to one that is paused, and once only; returns it with how that went."""
    body = body_of(TEST, now, {"endpoint": endpoint.name})
    made = WebhookMessage.objects.create(
        endpoint=endpoint, key=f"test:{uuid.uuid4().hex}", event=TEST, body=body, attempts=1
    )
    keep(made, post(letter(made, now), TEST_SECONDS), now)
    return made


def replay(message: WebhookMessage, now: datetime) -> None:
    """Send a message again under its id, as if it had never been tried."""
    WebhookMessage.objects.filter(pk=message.pk).update(state=State.WAITING, due_at=now, attempts=0)


def replay_since(endpoint: Endpoint, since: datetime, now: datetime, *, is_all: bool) -> int:
    """Send again what was given up since a time, or all that was made since; returns how many messages."""
    found = WebhookMessage.objects.filter(endpoint=endpoint, created_at__gte=since).exclude(event=TEST)
    found = found.exclude(state=State.WAITING) if is_all else found.filter(state=State.FAILED)
    return found.update(state=State.WAITING, due_at=now, attempts=0)


def noted(endpoint: Endpoint, actor: Actor, said: str) -> None:
    note(actor, Act.SET, subject=f"webhook endpoint {endpoint.pk}: {said}")
