"""Programs do with outgoing webhooks what admins do on the screens, by the same rules."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from crm.privacy.audit.models import AuditEntry
from crm.privacy.models import ApiKey
from crm.sources.models import Brand
from integrations.webhooks.models import Endpoint, WebhookMessage
from integrations.webhooks.tests.factories import endpoint
from integrations.webhooks.tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
ASKED = {"name": "warehouse", "url": "https://93.184.216.34/hooks", "events": ["call.ended"]}
Post = Callable[..., Any]


@pytest.fixture
def post() -> Post:
    """A program that may write webhooks, posting."""
    return posting("webhooks:read", "webhooks:write")


def posting(*scopes: str) -> Post:
    key = {"Authorization": f"Bearer {ApiKey.issue('ops', 'integration', list(scopes))[1]}"}

    def post(path: str, body: Any = None) -> Any:
        return Client().post(f"/api/v1/webhooks/{path}", body or {}, content_type="application/json", headers=key)

    return post


def read(path: str = "") -> Any:
    name = f"reader {ApiKey.objects.count()}"
    key = {"Authorization": f"Bearer {ApiKey.issue(name, 'integration', ['webhooks:read'])[1]}"}
    return Client().get(f"/api/v1/webhooks/{path}", headers=key)


def test_an_endpoint_is_made_and_the_answer_alone_holds_its_secret(post: Post) -> None:
    answer = post("", ASKED)
    made = Endpoint.objects.get()
    assert (answer.status_code, answer.json()["secret"]) == (201, made.secret)
    assert (made.name, made.url, made.events, made.brand) == (*ASKED.values(), "")
    for path in ("", f"{made.pk}/"):
        assert made.secret not in read(path).content.decode()
    assert AuditEntry.objects.filter(subject=f"webhook endpoint {made.pk}: made").exists()


def test_an_endpoint_is_changed_as_a_whole_and_keeps_its_secret(post: Post) -> None:
    Brand.objects.create(word="shop", name="The shop")
    made = endpoint()
    answer = post(f"{made.pk}/", ASKED | {"name": "stock", "brand": "shop"})
    changed = Endpoint.objects.get()
    assert (answer.status_code, "secret" in answer.json()) == (200, False)
    assert (changed.name, changed.brand, changed.events, changed.secret) == (
        "stock",
        "shop",
        ["call.ended"],
        made.secret,
    )
    assert post(f"{made.pk}/", ASKED).json()["brand"] == ""


@pytest.mark.parametrize(
    ("told", "status", "said"),
    [
        ({"url": "http://93.184.216.34/"}, 409, "url: Nothing can be sent there: the address has to begin with https"),
        ({"url": "https://127.0.0.1/"}, 409, "private network"),
        ({"url": "https://169.254.169.254/"}, 409, "private network"),
        ({"events": []}, 400, "events: "),
        ({"events": ["test"]}, 400, "events: "),
        ({"brand": "nobodys"}, 409, "brand: There are no brands"),
        ({"name": ""}, 409, "name: "),
    ],
)
@pytest.mark.parametrize("is_new", [True, False], ids=["made", "changed"])
def test_what_the_screen_refuses_is_refused(
    post: Post, told: dict[str, Any], status: int, said: str, is_new: bool
) -> None:
    path = "" if is_new else f"{endpoint().pk}/"
    before = list(Endpoint.objects.values())
    answer = post(path, ASKED | told)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True)
    assert list(Endpoint.objects.values()) == before


def test_an_endpoint_of_a_brand_that_is_not_there_is_refused(post: Post) -> None:
    Brand.objects.create(word="shop", name="The shop")
    answer = post("", ASKED | {"brand": "other"})
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (409, "brand")


def test_a_removed_endpoint_is_told_nothing_and_can_be_brought_back(post: Post) -> None:
    made = endpoint()
    assert post(f"{made.pk}/state/", {"act": "remove"}).json()["removed_at"]
    assert (read().json()["results"], read(f"{made.pk}/").status_code) == ([], 404)
    assert [one["id"] for one in read("?which=removed").json()["results"]] == [made.pk]
    assert post(f"{made.pk}/state/", {"act": "resume"}).status_code == 404
    assert post(f"{made.pk}/", ASKED).status_code == 404
    assert post(f"{made.pk}/state/", {"act": "bring back"}).json()["removed_at"] is None
    assert post(f"{made.pk}/state/", {"act": "bring back"}).status_code == 404
    assert [one["id"] for one in read().json()["results"]] == [made.pk]


def test_a_new_secret_is_in_the_answer_and_the_old_one_signs_for_a_day(post: Post) -> None:
    made = endpoint()
    answer = post(f"{made.pk}/secret/")
    changed = Endpoint.objects.get()
    assert answer.json()["secret"] == changed.secret != made.secret
    assert changed.former_secret == made.secret


@pytest.mark.parametrize(("path", "status", "state"), [("ok", 200, "sent"), ("broken", 500, "failed")])
def test_a_test_is_sent_at_once_and_the_answer_says_how_it_went(
    post: Post, settings: Any, path: str, status: int, state: str
) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with receiving() as address:
        made = endpoint(f"{address}/{path}")
        told = post(f"{made.pk}/test/").json()
    sent = told["message"]
    assert (told["status"], sent["state"], told["answer"], sent["event"]) == (status, state, "thanks", "test")
    assert Receiver.got[0].headers["webhook-id"] == sent["webhook_id"]


def test_a_test_is_not_sent_into_a_private_network(post: Post) -> None:
    told = post(f"{endpoint('https://10.0.0.7/').pk}/test/").json()
    assert (told["status"], "private network" in told["reason"]) == (None, True)


def test_who_may_only_read_changes_nothing() -> None:
    made, post = endpoint(), posting("webhooks:read")
    before = list(Endpoint.objects.values())
    for path in ("", f"{made.pk}/", f"{made.pk}/secret/", f"{made.pk}/test/", f"{made.pk}/state/"):
        assert post(path, ASKED | {"act": "remove"}).status_code == 403
    assert list(Endpoint.objects.values()) == before
    assert not WebhookMessage.objects.exists()
