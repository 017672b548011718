"""The API's interactions: everybody's, one customer's timeline, one of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from crm.identity.models import Customer, Identifier
from crm.privacy.models import ApiKey
from crm.privacy.roles import KNOWS_CUSTOMERS
from journeys.interactions.models import Interaction
from journeys.tests.factories import ANNAS_EMAIL, LANDLINE, NOON, annas_journey, mail, page, recorded, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Customer:
    return annas_journey()


def client(role: str = "agent") -> Client:
    _, key = ApiKey.issue(f"test {ApiKey.objects.count()}", role)
    return Client(headers={"authorization": f"Bearer {key}"})


def get(address: str, role: str = "agent", **parameters: Any) -> Any:
    return client(role).get(f"/api/v1/{address}", parameters)


def walk(address: str, **parameters: Any) -> list[dict[str, Any]]:
    """All results, page by page."""
    asker, found = client(), []
    response = asker.get(f"/api/v1/{address}", parameters)
    for _ in range(200):
        assert response.status_code == 200, response.content
        found += response.json()["results"]
        if not response.json()["next"]:
            return found
        response = asker.get(response.json()["next"])
    raise AssertionError("this list has no end")


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_pages_of_a_timeline_add_up_to_the_whole_stream(anna: Customer, limit: int) -> None:
    mine = Identifier.objects.filter(customer=anna).values("pk")
    whole = Interaction.objects.filter(identifier__in=mine).order_by("-occurred_at", "-pk").values_list("pk", flat=True)
    found = walk(f"customers/{anna.public_id}/timeline/", limit=limit)
    assert [one["id"] for one in found] == list(whole)
    assert {one["customer"] for one in found} == {str(anna.public_id)}


@pytest.mark.parametrize("limit", [1, 4, 200])
def test_pages_of_all_interactions_add_up_to_all(anna: Customer, limit: int) -> None:
    whole = Interaction.objects.order_by("-occurred_at", "-pk").values_list("pk", flat=True)
    assert [one["id"] for one in walk("interactions/", limit=limit)] == list(whole)


@pytest.mark.parametrize(
    "filters",
    [{"channel": "call"}, {"direction": "out"}, {"kind": "identify"}, {"text": "SEA view"}, {"text": "atlantis"},
     {"channel": "web", "kind": "page", "text": "quote"}, {"text": "100%"}],
)  # fmt: skip
def test_filters_pass_what_matches_and_nothing_else(anna: Customer, filters: dict[str, str]) -> None:
    def matches(one: dict[str, Any]) -> bool:
        said = (one["title"] + one["body"] + one["data"].get("url", "")).casefold()
        plain = {name: value for name, value in filters.items() if name != "text"}
        return filters.get("text", "").casefold() in said and all(one[name] == value for name, value in plain.items())

    everything = walk("interactions/")
    assert walk("interactions/", **filters) == [one for one in everything if matches(one)]
    mine = walk(f"customers/{anna.public_id}/timeline/")
    assert walk(f"customers/{anna.public_id}/timeline/", **filters) == [one for one in mine if matches(one)]


def test_a_source_a_customer_and_an_identifier_narrow_the_list(anna: Customer) -> None:
    everything = walk("interactions/")
    desk = source("helpdesk mail")
    by_source = walk("interactions/", source=desk.public_id)
    assert by_source == [one for one in everything if one["source"]["name"] == "helpdesk mail"] != []
    assert walk("interactions/", customer=anna.public_id) == walk(f"customers/{anna.public_id}/timeline/")
    by_email = walk("interactions/", identifier=f"email:{ANNAS_EMAIL.value}")
    assert by_email == [one for one in everything if one["identifier"] == f"email:{ANNAS_EMAIL.value}"] != []
    assert walk("interactions/", customer=anna.public_id, identifier="login:4712") == []


def test_times_bound_the_list(anna: Customer) -> None:
    everything, since, until = walk("interactions/"), NOON - timedelta(days=18), NOON - timedelta(days=2)
    between = [one for one in everything if since.isoformat() <= one["occurred_at"] < until.isoformat()]
    assert walk("interactions/", occurred_after=since.isoformat(), occurred_before=until.isoformat()) == between != []
    assert walk("interactions/", before=until.isoformat(), limit=2)[0] == between[0]


def test_lists_leave_out_what_is_long_and_one_interaction_shows_all() -> None:
    recorded([mail(NOON, "Long", "word " * 5_000, html="<p>word</p>")])
    (listed,) = walk("interactions/")
    whole = get(f"interactions/{listed['id']}/").json()
    assert (len(listed["body"]), "html" in listed["data"]) == (6_000, False)
    assert (len(whole["body"]), whole["data"]["html"]) == (25_000, "<p>word</p>")


def test_the_timeline_of_a_merged_customer_is_found_under_the_one_that_stands(anna: Customer) -> None:
    merged = Identifier.objects.filter(customer=anna).exclude(origin=anna)
    old = merged[0].origin.public_id
    response = get(f"customers/{old}/timeline/", channel="call")
    assert response.status_code == 301
    assert response["Location"] == f"http://testserver/api/v1/customers/{anna.public_id}/timeline/?channel=call"
    assert walk("interactions/", customer=old) == walk("interactions/", customer=anna.public_id)


@pytest.mark.parametrize("role", sorted(KNOWS_CUSTOMERS))
def test_every_role_may_read_interactions(anna: Customer, role: str) -> None:
    assert get("interactions/", role).status_code == 200
    assert get(f"customers/{anna.public_id}/timeline/", role).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "at_fault", "remedy"),
    [
        ({"channel": "telegram"}, "channel", "give one of: web, call, email, social"),
        ({"direction": "up"}, "direction", "give one of: in, out"),
        ({"before": "soon"}, "before", "nor a time"),
        ({"before": "1.2.3.4"}, "before", "nor a time"),
        ({"before": "9" * 18 + ".0.1"}, "before", "nor a time"),
        ({"occurred_after": "yesterday"}, "occurred_after", "ISO 8601"),
        ({"occurred_before": "2026-13-01T00:00:00Z"}, "occurred_before", "ISO 8601"),
        ({"customer": "anna"}, "customer", "a UUID"),
        ({"identifier": "anna"}, "identifier", "kind:value"),
        ({"limit": "1000"}, "limit", "from 1 to 200"),
        ({"text": "a\0b"}, "text", "Null"),
        ({"page": "2"}, "page", "there are: channel"),
    ],
)
def test_a_bad_parameter_is_named_with_its_remedy(parameters: dict[str, str], at_fault: str, remedy: str) -> None:
    response = get("interactions/", **parameters)
    assert response.status_code == 400
    assert response.json()["parameter"] == at_fault
    assert remedy in response.json()["detail"]


@pytest.mark.parametrize(
    "address",
    ["interactions/?source=src_none", f"interactions/?customer={'0' * 8}-0000-4000-8000-{'0' * 12}", "interactions/7/"],
)
def test_what_is_not_there_is_not_found(address: str) -> None:
    assert get(address).status_code == 404


def test_a_filtered_page_looks_at_a_bounded_number_of_rows() -> None:
    recorded([page(NOON - timedelta(minutes=n), f"Page {n}", LANDLINE) for n in range(2_300)])
    first = get("interactions/", text="Page 2299").json()
    assert first["results"] == []
    assert first["next"]
    assert [one["title"] for one in walk("interactions/", text="Page 2299")] == ["Page 2299"]
