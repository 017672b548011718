"""A worker that is killed while it sends (SIGKILL, a process of its own) loses nothing: the next one sends it again."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from integrations.webhooks import sending
from integrations.webhooks.models import WebhookAttempt, WebhookMessage
from integrations.webhooks.sending import send
from integrations.webhooks.tasks import tell_webhooks
from integrations.webhooks.tests.factories import endpoint, message
from integrations.webhooks.tests.killing import LIMIT, kill, worker
from integrations.webhooks.tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db(transaction=True)


def wait_until(count: int) -> None:
    """Until so many messages have come."""
    ends_at = time.monotonic() + LIMIT
    while len(Receiver.got) < count and time.monotonic() < ends_at:
        time.sleep(0.01)
    assert len(Receiver.got) == count


def ids() -> Counter[str]:
    """How often each message came, by its `webhook-id`."""
    return Counter(got.headers["webhook-id"] for got in Receiver.got)


def test_what_a_killed_worker_was_sending_arrives_under_the_same_id_and_nothing_is_lost(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(sending, "LEASE", timedelta(seconds=1))
    with receiving() as address:
        made = endpoint(f"{address}/held")
        expected = {message(made, f"call:{number}").sent_as for number in range(6)}
        with worker(tell_webhooks) as dying:
            wait_until(sending.OF_ONE)
            kill(dying)
            assert dying.exitcode == -9
        came = set(ids())
        leased = WebhookMessage.objects.filter(state="waiting", attempts=1)
        assert {one.sent_as for one in leased} == came
        assert not WebhookAttempt.objects.exists()
        monkeypatch.setattr(sending, "LEASE", timedelta(seconds=60))
        Receiver.let_go.set()
        while WebhookMessage.objects.exclude(state="sent").exists():  # until the leases run out
            send(0.1)
            time.sleep(0.05)
    assert ids() == Counter([*expected, *came])
    assert {got.data["call"] for got in Receiver.got} == {f"call:{number}" for number in range(6)}
    assert WebhookAttempt.objects.filter(status=200).count() == 6
