"""Messages arrive signed, at least once, and are tried again; what cannot be reached holds up nobody else."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import WebhookVerificationError

from integrations.webhooks import sending
from integrations.webhooks.changing import replace_secret, replay_since
from integrations.webhooks.models import Endpoint, WebhookAttempt, WebhookMessage
from integrations.webhooks.sending import claim, send
from integrations.webhooks.tasks import tell_webhooks
from integrations.webhooks.tests.factories import endpoint, message
from integrations.webhooks.tests.receiver import Receiver, receiving
from integrations.webhooks.trying import BACKOFF, next_try
from journeys.tests.factories import NOON, user

pytestmark = pytest.mark.django_db
SENT, WAITING, FAILED = "sent", "waiting", "failed"


@pytest.fixture
def receiver(settings: Any) -> Iterator[str]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with receiving() as address:
        yield address


def sent_to(url: str, **told: Any) -> WebhookMessage:
    """A message after one try to send it."""
    made = message(endpoint(url, **told))
    send(5)
    made.refresh_from_db()
    return made


def due_now(**which: Any) -> None:
    WebhookMessage.objects.filter(due_at__isnull=False, **which).update(due_at=timezone.now())


def test_the_real_client_library_verifies_what_arrives(receiver: str) -> None:
    made = sent_to(f"{receiver}/ok")
    [got] = Receiver.got
    assert got.verified(made.endpoint.secret) == {
        "type": "call.ended", "timestamp": NOON.isoformat(), "data": {"call": "call:1"}
    }  # fmt: skip
    assert (got.headers["webhook-id"], got.headers["Content-Type"]) == (made.sent_as, "application/json")
    attempt = made.tries.get()
    assert (made.state, made.due_at, attempt.status, attempt.answer) == (SENT, None, 200, "thanks")
    with pytest.raises(WebhookVerificationError):
        got._replace(body=got.body.replace(b"call:1", b"call:2")).verified(made.endpoint.secret)
    with pytest.raises(WebhookVerificationError):
        got.verified(endpoint().secret)


def test_for_a_day_a_new_secret_and_the_old_one_verify(receiver: str) -> None:
    made = endpoint(f"{receiver}/ok")
    old = made.secret
    replace_secret(made, user("admin"), timezone.now())
    message(made)
    send(5)
    [got] = Receiver.got
    assert got.verified(old) == got.verified(made.secret)
    Endpoint.objects.update(former_until=timezone.now())
    message(made, "call:2")
    send(5)
    assert Receiver.got[1].verified(made.secret)
    with pytest.raises(WebhookVerificationError):
        Receiver.got[1].verified(old)


def test_a_secret_is_sealed_in_the_database() -> None:
    made = endpoint()
    [kept] = Endpoint.objects.raw("SELECT id, secret AS name FROM integrations_endpoint")
    assert made.secret.startswith("whsec_")
    assert kept.name.startswith("sealed:")
    assert made.secret not in kept.name


def test_what_fails_is_tried_again_under_the_same_id_and_given_up_in_the_end(receiver: str) -> None:
    made = sent_to(f"{receiver}/broken")
    assert (made.state, made.attempts) == (WAITING, 1)
    for _ in BACKOFF:
        due_now()
        send(5)
    made.refresh_from_db()
    assert (made.state, made.attempts, made.due_at) == (FAILED, len(BACKOFF) + 1, None)
    assert {got.headers["webhook-id"] for got in Receiver.got} == {made.sent_as}
    assert len(Receiver.got) == made.tries.count() == len(BACKOFF) + 1


def test_the_schedule_is_that_of_standard_webhooks() -> None:
    waits = [next_try(attempts, NOON) for attempts in range(1, 11)]
    hours = [(at - NOON) / timedelta(hours=1) for at in waits if at]
    assert hours == pytest.approx([5 / 3600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24])
    assert waits[-1] is None


def test_a_redirect_is_not_followed(receiver: str) -> None:
    made = sent_to(f"{receiver}/moved")
    assert ([got.path for got in Receiver.got], made.state) == (["/moved"], WAITING)


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://10.0.0.7/", "https://169.254.169.254/latest/", "https://[::1]/", "https://[::ffff:10.0.0.1]/"],
)  # fmt: skip
def test_nothing_is_sent_into_a_private_network(url: str) -> None:
    attempt = sent_to(url).tries.get()
    assert attempt.status is None
    assert "private network" in attempt.reason


def test_nothing_is_sent_in_the_clear_to_the_world() -> None:
    assert "https" in sent_to("http://93.184.216.34/").tries.get().reason


def test_an_endpoint_that_is_gone_is_paused_and_the_rest_waits(receiver: str) -> None:
    made = sent_to(f"{receiver}/gone").endpoint
    assert (made.paused_for, bool(made.paused_at)) == ("gone", True)
    message(made, "call:2")
    due_now()
    send(5)
    assert len(Receiver.got) == 1
    assert WebhookMessage.objects.filter(state=WAITING).count() == 2


def test_an_endpoint_that_failed_for_five_days_is_paused_and_one_good_answer_counts_anew(receiver: str) -> None:
    long_ago = timezone.now() - timedelta(days=5, minutes=1)
    assert sent_to(f"{receiver}/broken", failing_since=long_ago + timedelta(hours=1)).endpoint.paused_at is None
    WebhookMessage.objects.all().delete()
    assert sent_to(f"{receiver}/broken", failing_since=long_ago).endpoint.paused_for == "failing"
    WebhookMessage.objects.all().delete()
    assert sent_to(f"{receiver}/ok", failing_since=long_ago).endpoint.failing_since is None


def test_a_slow_endpoint_does_not_hold_up_the_others(receiver: str) -> None:
    slow, fast = endpoint(f"{receiver}/slow", name="slow"), endpoint(f"{receiver}/ok", name="fast")
    for number in range(12):
        message(slow, f"slow:{number}")
        message(fast, f"fast:{number}")
    began_at = time.monotonic()
    send(0.8)
    assert time.monotonic() - began_at < 4
    assert WebhookMessage.objects.filter(endpoint=fast, state=SENT).count() == 12
    assert WebhookMessage.objects.filter(endpoint=slow, state=SENT).count() == sending.OF_ONE


def test_an_answer_that_does_not_come_is_not_waited_for(receiver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = sending.post
    monkeypatch.setattr(sending, "post", lambda letter: real(letter, 0.3))
    attempt = sent_to(f"{receiver}/slow").tries.get()
    assert (attempt.status, attempt.milliseconds < 1_400) == (None, True)
    assert "in time" in attempt.reason


def test_five_hundred_messages_arrive_once_each(receiver: str) -> None:
    made = endpoint(f"{receiver}/ok")
    for number in range(500):
        message(made, f"call:{number}")
    while send(10):
        pass
    assert sorted(got.data["call"] for got in Receiver.got) == sorted(f"call:{number}" for number in range(500))
    assert WebhookAttempt.objects.count() == 500


def test_a_worker_that_dies_in_the_middle_leaves_its_messages_to_the_next_under_their_ids(receiver: str) -> None:
    made = message(endpoint(f"{receiver}/ok"))
    assert claim([], timezone.now())  # and then its worker is no more
    send(1)
    assert not Receiver.got  # leased
    due_now()
    send(5)
    made.refresh_from_db()
    assert (made.state, made.attempts, Receiver.got[0].headers["webhook-id"]) == (SENT, 2, made.sent_as)


def test_what_was_given_up_is_replayed_since_a_time(receiver: str) -> None:
    made = endpoint(f"{receiver}/ok")
    old, new = (message(made, f"call:{number}", state=FAILED, due_at=None) for number in range(2))
    WebhookMessage.objects.filter(pk=old.pk).update(created_at=NOON)
    message(made, "call:3", state=SENT, due_at=None)
    assert replay_since(made, NOON + timedelta(hours=1), timezone.now(), is_all=False) == 1
    tell_webhooks()
    assert [got.headers["webhook-id"] for got in Receiver.got] == [new.sent_as]
    assert replay_since(made, NOON, timezone.now(), is_all=True) == 3
