"""Sending what waits: several at once and few of one endpoint, so that a slow one does not hold up the others.

A message is claimed with a lease before it is sent. Whoever dies in between leaves it to the next, who sends it under
the same id: at least once, in no certain order.
"""

import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from integrations import posting
from integrations.posting import Letter
from integrations.webhooks.events import TEST
from integrations.webhooks.models import Endpoint, WebhookAttempt, WebhookMessage
from integrations.webhooks.signing import signed
from integrations.webhooks.trying import GONE, is_past_patience, is_well, next_try

log = structlog.get_logger(__name__)
TIMEOUT = 15.0  # seconds for one attempt
LEASE = timedelta(seconds=60)  # longer than an attempt may take
AT_ONCE = 16  # messages
OF_ONE = 4  # of those to one endpoint; of one that fails, a single one
ANSWER_READ = 2_000  # bytes
LOOK = 0.2  # seconds between two looks for more
USER_AGENT = "Throughline-Webhooks/1"
State = WebhookMessage.State


class Outcome(NamedTuple):
    """How an attempt went. reason: why nothing answered."""

    status: int | None
    milliseconds: int
    reason: str = ""
    answer: str = ""


def send(seconds: float) -> bool:
    """Send what is due for so long; returns whether there is more."""
    ends_at = time.monotonic() + seconds
    flying: dict[Future[Outcome], WebhookMessage] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            more = claim(list(flying.values()), timezone.now()) if time.monotonic() < ends_at else []
            flying |= {pool.submit(post, letter(one, timezone.now())): one for one in more}
            if not flying:
                return time.monotonic() >= ends_at
            done, _ = wait(flying, timeout=LOOK, return_when=FIRST_COMPLETED)
            for future in done:
                keep(flying.pop(future), future.result(), timezone.now())


def claim(flying: list[WebhookMessage], now: datetime) -> list[WebhookMessage]:
    """Lease what is due, as far as there is room for each endpoint, and in all."""
    busy, found = Counter(one.endpoint_id for one in flying), list[WebhookMessage]()
    with transaction.atomic():
        for endpoint in Endpoint.objects.sent_to().order_by(F("failing_since").asc(nulls_first=True), "?"):
            room = min(room_of(endpoint) - busy[endpoint.pk], AT_ONCE - len(flying) - len(found))
            found += due(endpoint, now)[: max(0, room)]
        for one in found:
            one.due_at, one.attempts = now + LEASE, one.attempts + 1
        WebhookMessage.objects.bulk_update(found, ["due_at", "attempts"])
    return found


def room_of(endpoint: Endpoint) -> int:
    return 1 if endpoint.failing_since else OF_ONE


def due(endpoint: Endpoint, now: datetime) -> QuerySet[WebhookMessage]:
    rows = WebhookMessage.objects.filter(endpoint=endpoint, due_at__lte=now).order_by("due_at", "pk")
    return rows.select_related("endpoint").select_for_update(skip_locked=True, of=["self"])


# One attempt


def letter(message: WebhookMessage, now: datetime) -> Letter:
    """A message with its signatures of now."""
    body, endpoint = message.body.encode(), message.endpoint
    headers = signed(message.sent_as, int(now.timestamp()), body, endpoint.secrets(now))
    headers |= {"Content-Type": "application/json", "User-Agent": USER_AGENT}
    return Letter(endpoint.url, headers, body, tuple(settings.WEBHOOK_NETWORKS))


def post(sent: Letter, seconds: float = TIMEOUT) -> Outcome:
    """Send a letter once. Asks nothing of the database: it is run by threads."""
    status, milliseconds, reason, body = posting.post(sent, seconds, ANSWER_READ)
    return Outcome(status, milliseconds, reason[:200], body.decode(errors="replace").replace("\0", "")[:500])


@transaction.atomic
def keep(message: WebhookMessage, outcome: Outcome, now: datetime) -> None:
    """Note how an attempt went, and what follows for the message and its endpoint."""
    held = WebhookMessage.objects.select_for_update(of=["self"]).filter(pk=message.pk).first()
    if held is None:  # whom it was about was erased meanwhile
        return
    WebhookAttempt.objects.create(message=held, **outcome._asdict())
    if is_well(outcome.status):
        held.state, held.due_at = State.SENT, None
    else:
        held.due_at = next_try(held.attempts, now) if held.event != TEST else None
        held.state = State.WAITING if held.due_at else State.FAILED
    held.save(update_fields=["state", "due_at"])
    judge(held.endpoint_id, outcome.status, now)
    log.info("webhooks.sent", message_id=held.pk, status=outcome.status, milliseconds=outcome.milliseconds)


def judge(endpoint_id: int, status: int | None, now: datetime) -> None:
    """Leave an endpoint alone that says it is gone, or that has failed for days."""
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
    before = endpoint.failing_since, endpoint.paused_at
    endpoint.failing_since = None if is_well(status) else endpoint.failing_since or now
    is_past = is_past_patience(endpoint.failing_since, now)
    if endpoint.paused_at is None and (status == GONE or is_past):
        endpoint.paused_at, endpoint.paused_for = now, Endpoint.Why.GONE if status == GONE else Endpoint.Why.FAILING
        log.warning("webhooks.paused", endpoint_id=endpoint.pk, why=endpoint.paused_for)
    if before != (endpoint.failing_since, endpoint.paused_at):
        endpoint.save(update_fields=["failing_since", "paused_at", "paused_for"])
