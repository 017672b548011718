"""The pages of outgoing webhooks, as admins use them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from crm.privacy.erasing.carrying import finish_all
from crm.privacy.erasing.models import Erasure
from crm.privacy.models import ApiKey
from crm.privacy.rotating import rotate
from crm.privacy.tests.signing import signed_in
from integrations.webhooks.models import Endpoint, WebhookMessage
from integrations.webhooks.tests.factories import endpoint, message
from integrations.webhooks.tests.receiver import Receiver, receiving
from journeys.tests.factories import NOON, annas_journey

pytestmark = pytest.mark.django_db
FORM = {"name": "warehouse", "url": "https://93.184.216.34/hooks", "events": ["call.ended"]}


@pytest.fixture
def receiver(settings: Any) -> Iterator[str]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with receiving() as address:
        yield address


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


def shown(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_an_endpoint_is_made_and_its_secret_shown_once(admin: Client) -> None:
    assert "Nobody is told yet" in shown(admin, "/webhooks/")
    page = admin.post("/webhooks/0/change/", FORM, follow=True).content.decode()
    made = Endpoint.objects.get()
    assert made.secret in page
    assert "Nothing was told yet" in page
    assert made.secret not in shown(admin, f"/webhooks/{made.pk}/")
    admin.post(f"/webhooks/{made.pk}/change/", FORM | {"name": "stock"})
    made.refresh_from_db()
    assert (made.name, made.secret in page) == ("stock", True)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"url": "http://93.184.216.34/"}, "has to begin with https"),
        ({"url": "https://127.0.0.1/"}, "private network"),
        ({"url": "https://169.254.169.254/"}, "private network"),
        ({"url": "https://somebody:word@93.184.216.34/"}, "no web address"),
        ({"events": []}, "Choose at least one"),
        ({"events": ["customer.named"]}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_refused_where_it_was_typed(admin: Client, told: dict[str, Any], said: str) -> None:
    answer = admin.post("/webhooks/0/change/", FORM | told)
    assert (answer.status_code, said in answer.content.decode()) == (400, True)
    assert not Endpoint.objects.exists()


def test_a_test_is_sent_now_and_its_answer_shown(admin: Client, receiver: str) -> None:
    made = endpoint(f"{receiver}/ok")
    page = admin.post(f"/webhooks/{made.pk}/test/", follow=True).content.decode()
    assert Receiver.got[0].verified(made.secret)["type"] == "test"
    assert "200 in" in page
    assert "thanks" in page


def test_a_test_that_fails_says_so_and_is_not_tried_again(admin: Client, receiver: str) -> None:
    made = endpoint(f"{receiver}/broken")
    page = admin.post(f"/webhooks/{made.pk}/test/", follow=True).content.decode()
    assert "500 in" in page
    assert (WebhookMessage.objects.get().state, WebhookMessage.objects.get().due_at) == ("failed", None)


def test_an_endpoint_is_paused_resumed_removed_and_brought_back(admin: Client) -> None:
    made = endpoint()
    for act, said in [
        ("pause", "is paused"), ("resume", "sent what waited"), ("remove", "told nothing more"),
        ("bring-back", "is back"),
    ]:  # fmt: skip
        page = admin.post(f"/webhooks/{made.pk}/state/", {"act": act}, follow=True).content.decode()
        assert said in page
    made.refresh_from_db()
    assert (made.paused_at, made.removed_at) == (None, None)


def test_why_an_endpoint_is_paused_is_said_with_what_to_do(admin: Client) -> None:
    made = endpoint(paused_at=NOON, paused_for="failing")
    page = shown(admin, f"/webhooks/{made.pk}/")
    assert "every attempt failed for five days" in page
    assert "Resume warehouse" in page


def test_messages_are_shown_with_their_bodies_and_sent_again(admin: Client) -> None:
    made = message(endpoint(), state="failed", due_at=None, attempts=10)
    assert "given up" in shown(admin, f"/webhooks/{made.endpoint_id}/")
    path = f"/webhooks/{made.endpoint_id}/messages/{made.pk}/"
    assert "call:1" in shown(admin, path)
    admin.post(f"{path}replay/")
    made.refresh_from_db()
    assert (made.state, made.attempts, bool(made.due_at)) == ("waiting", 0, True)
    WebhookMessage.objects.update(state="failed", due_at=None)
    replaying = {"since": "2026-11-01T00:00", "which": "failed"}
    page = admin.post(f"/webhooks/{made.endpoint_id}/replay/", replaying, follow=True).content.decode()
    assert "1 message is sent again" in page
    page = admin.post(f"/webhooks/{made.endpoint_id}/replay/", {"since": "never"}, follow=True).content.decode()
    assert "give a day and a time that is past" in page


def test_a_new_secret_is_shown_once_and_every_secret_is_sealed_anew(admin: Client) -> None:
    made = endpoint()
    page = admin.post(f"/webhooks/{made.pk}/secret/", follow=True).content.decode()
    before, made = made.secret, Endpoint.objects.get()
    assert made.secret in page
    assert made.former_secret == before
    assert rotate() >= 1
    assert Endpoint.objects.get().secret == made.secret


def test_programs_read_what_was_told_pause_and_have_it_told_again() -> None:
    made = message(endpoint(), state="failed", due_at=None, attempts=10)
    key = {"Authorization": f"Bearer {ApiKey.issue('ops', 'integration', ['webhooks:read', 'webhooks:write'])[1]}"}
    address = f"/api/v1/webhooks/{made.endpoint_id}"
    [shown_] = Client().get("/api/v1/webhooks/", headers=key).json()["results"]
    assert (shown_["name"], made.endpoint.secret in str(shown_)) == ("warehouse", False)
    [told] = Client().get(f"{address}/messages/", headers=key).json()["results"]
    assert (told["state"], told["webhook_id"]) == ("failed", made.sent_as)
    again = Client().post(f"{address}/messages/{made.pk}/replay/", headers=key)
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    for act, is_paused in (("pause", True), ("resume", False)):
        answer = Client().post(f"{address}/state/", {"act": act}, content_type="application/json", headers=key)
        assert bool(answer.json()["paused_at"]) is is_paused
    reader = {"Authorization": f"Bearer {ApiKey.issue('reader', 'integration', ['webhooks:read'])[1]}"}
    refused = Client().post(f"{address}/state/", {"act": "pause"}, content_type="application/json", headers=reader)
    assert refused.status_code == 403
    assert Client().get("/api/v1/webhooks/999/messages/", headers=key).status_code == 404


@pytest.mark.parametrize("role", ["agent", "lead", "marketer", "privacy", "auditor"])
def test_only_admins_see_webhooks(role: str) -> None:
    made = endpoint()
    client = signed_in(role)
    assert {client.get(f"/webhooks/{path}").status_code for path in ("", f"{made.pk}/", f"{made.pk}/change/")} == {403}
    assert client.post(f"/webhooks/{made.pk}/test/").status_code == 403


def test_the_messages_about_somebody_go_when_they_are_erased() -> None:
    customer = annas_journey()
    one, about_another = endpoint(), message(endpoint(), "call:2")
    message(one, "identity:1", customer=customer)
    message(one, "identity:2", former=customer)
    Erasure.objects.create(customer_id=customer.pk, state=Erasure.State.STARTING, reason="They wrote to us.")
    finish_all()
    assert list(WebhookMessage.objects.all()) == [about_another]
