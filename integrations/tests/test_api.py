"""The API's sources and deliveries, and the whole of it against its own description."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from crm.privacy.models import ApiKey, Role
from crm.sources.models import Source
from integrations.inbox.models import Delivery, FailedDelivery, Pending

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def client(role: str = "admin") -> Client:
    _, key = ApiKey.issue(f"test {ApiKey.objects.count()}", role)
    return Client(headers={"authorization": f"Bearer {key}"})


def source(name: str = "website") -> Source:
    return Source.objects.get_or_create(name=name, defaults={"adapter": "segment", "namespace": name})[0]


def delivery(key: str, by: Source, state: str = "recorded") -> Delivery:
    made = Delivery.objects.create(source=by, key=key, kind="/v1/track", body="{}", received_at=NOON)
    if state == "pending":
        Pending.objects.create(delivery=made, available_at=NOON, attempts=2, reason="the database was busy")
    if state == "failed":
        FailedDelivery.objects.create(delivery=made, source=by, reason="no timestamp", attempts=1, failed_at=NOON)
    return made


@pytest.fixture
def deliveries() -> dict[str, Delivery]:
    """Three of each state, in turn, from two sources."""
    states = ["recorded", "pending", "failed"] * 3
    by = [source("website"), source("shop")]
    return {f"{state}{n}": delivery(f"{state}{n}", by[n % 2], state) for n, state in enumerate(states)}


def walk(address: str) -> list[dict[str, Any]]:
    asker, found = client(), []
    while address:
        response = asker.get(address)
        assert response.status_code == 200, response.content
        found += response.json()["results"]
        address = response.json()["next"]
    return found


@pytest.mark.parametrize("limit", [1, 2, 200])
@pytest.mark.parametrize("state", ["", "failed", "pending", "recorded"])
def test_pages_of_deliveries_add_up_to_those_of_the_state(
    deliveries: dict[str, Delivery], state: str, limit: int
) -> None:
    address = f"/api/v1/deliveries/?limit={limit}" + (f"&state={state}" if state else "")
    expected = [key for key in reversed(deliveries) if key.startswith(state)]
    found = walk(address)
    assert [one["key"] for one in found] == expected
    assert all(one["key"].startswith(one["state"]) for one in found)


def test_a_delivery_says_why_it_failed_and_not_what_it_held(deliveries: dict[str, Delivery]) -> None:
    (found,) = [one for one in walk("/api/v1/deliveries/?state=failed") if one["key"] == "failed2"]
    assert found == {
        "id": deliveries["failed2"].pk, "source": source("website").public_id, "key": "failed2", "kind": "/v1/track",
        "received_at": found["received_at"], "state": "failed", "reason": "no timestamp", "attempts": 1,
    }  # fmt: skip


@pytest.mark.parametrize("state", ["", "&state=failed", "&state=pending", "&state=recorded"])
def test_deliveries_of_one_source(deliveries: dict[str, Delivery], state: str) -> None:
    shop = source("shop")
    expected = [one for one in walk("/api/v1/deliveries/?limit=1" + state) if one["source"] == shop.public_id]
    assert walk(f"/api/v1/deliveries/?limit=1&source={shop.public_id}{state}") == expected != []


def test_a_failed_delivery_is_replayed_once(deliveries: dict[str, Delivery]) -> None:
    admin, address = client(), f"/api/v1/deliveries/{deliveries['failed2'].pk}/replay/"
    first, second = admin.post(address), admin.post(address)
    assert (first.status_code, first.json()) == (202, {"replayed": 1})
    assert second.status_code == 409
    assert "has not failed" in second.json()["detail"]
    assert Pending.objects.filter(delivery=deliveries["failed2"]).exists()


@pytest.mark.parametrize(("number", "status"), [("x", 400), ("9" * 19, 400), ("-1", 400), ("987654", 404)])
def test_a_delivery_that_is_none_is_not_replayed(number: str, status: int) -> None:
    response = client().post(f"/api/v1/deliveries/{number}/replay/")
    assert (response.status_code, response.json()["detail"][:9]) == (status, "delivery:")


def test_sources_are_listed_without_their_keys() -> None:
    made = [source("website"), source("shop"), source("phone line")]
    found = walk("/api/v1/sources/?limit=1")
    assert [one["name"] for one in found] == ["phone line", "shop", "website"]
    assert found[0]["endpoint"] == made[2].endpoint
    assert not any(secret in str(found) for one in made for secret in (one.secret, one.write_key))


@pytest.mark.parametrize("role", [role for role in Role.values if role != "admin"])
@pytest.mark.parametrize(
    ("method", "address"), [("get", "sources/"), ("get", "deliveries/"), ("post", "deliveries/1/replay/")]
)
def test_only_admins_see_sources_and_deliveries(role: str, method: str, address: str) -> None:
    response = getattr(client(role), method)(f"/api/v1/{address}")
    assert response.status_code == 403
    assert response.json()["detail"]


def test_other_methods_are_refused() -> None:
    assert client().get("/api/v1/deliveries/1/replay/").status_code == 405
    assert client().delete("/api/v1/sources/").status_code == 405
