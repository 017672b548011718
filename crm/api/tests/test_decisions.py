"""Decisions about who is who, by API."""

from typing import Any

import pytest
from django.test import Client

from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.identity.tests.test_merging import cookie, customer_of, email, partition, see
from crm.privacy.models import ApiKey

pytestmark = pytest.mark.django_db


def post(address: str, asked: dict[str, Any], role: str = "admin") -> Any:
    key = ApiKey.issue(f"{role} {ApiKey.objects.count()}", role)[1]
    return Client(headers={"Authorization": f"Bearer {key}"}).post(
        f"/api/v1/{address}", asked, content_type="application/json"
    )


def why(customer: Customer) -> Any:
    key = ApiKey.issue(f"agent {ApiKey.objects.count()}", "agent")[1]
    return Client(headers={"Authorization": f"Bearer {key}"}).get(f"/api/v1/customers/{customer.public_id}/why/")


def two_people() -> list[Customer]:
    see((email("anna"), cookie("a")), (email("tom"), cookie("t")))
    return [customer_of(email("anna")), customer_of(email("tom"))]


def ids(customers: list[Customer]) -> list[str]:
    return [str(one.public_id) for one in customers]


def test_a_dry_run_of_a_merge_says_what_the_merge_then_does() -> None:
    people = two_people()
    dry = post("links/", {"customers": ids(people), "dry_run": True})
    assert (dry.status_code, Link.objects.filter(basis="staff").count()) == (200, 0)
    done = post("links/", {"customers": ids(people), "note": "one passport"})
    assert done.status_code == 201
    assert (dry.json()["dry_run"], done.json()["dry_run"]) == (True, False)
    for part in ("customers", "announced"):
        assert dry.json()[part] == done.json()[part]
    assert [link["id"] for link in dry.json()["links"]] == [None]
    [announced] = done.json()["announced"]
    assert (announced["before"], announced["after"]) == (ids(people)[1], ids(people)[0])
    assert "one passport" in done.json()["links"][0]["evidence"]["note"]


def test_a_link_is_withdrawn_once_and_everything_is_as_before() -> None:
    people, before = two_people(), partition()
    link = post("links/", {"customers": ids(people)}).json()["links"][0]["id"]
    assert post(f"links/{link}/withdraw/", {"dry_run": True}).json()["links"][0]["id"] == link
    assert len(partition()) == 1
    withdrawn = post(f"links/{link}/withdraw/", {}).json()
    assert withdrawn["links"][0]["standing"] == "withdrawn"
    assert len(withdrawn["customers"]) == 2
    assert partition() == before
    assert post(f"links/{link}/withdraw/", {}).status_code == 409
    assert post("links/999999/withdraw/", {}).status_code == 404


def test_two_who_are_different_people_are_not_merged_until_that_is_withdrawn() -> None:
    people = two_people()
    apart = post("links/", {"customers": ids(people), "verdict": "different"}).json()["links"][0]
    refused = post("links/", {"customers": ids(people)})
    assert (refused.status_code, "they stay apart" in refused.json()["detail"]) == (409, True)
    post(f"links/{apart['id']}/withdraw/", {})
    assert post("links/", {"customers": ids(people)}).status_code == 201


def test_a_split_by_api_gives_the_old_id_back() -> None:
    people = two_people()
    post("links/", {"customers": ids(people)})
    toms = [one.pk for one in Identifier.objects.filter(origin__in=[people[1]])]
    toms += [one.pk for one in Identifier.objects.filter(value="t")]
    asked = {"identifiers": toms, "dry_run": True}
    assert len(post(f"customers/{ids(people)[0]}/split/", asked).json()["customers"]) == 2
    assert len(partition()) == 1
    assert post(f"customers/{ids(people)[0]}/split/", {"identifiers": toms}).status_code == 201
    assert customer_of(email("tom")) == people[1]
    assert why(people[1]).status_code == 200


def test_why_lists_every_identifier_and_link() -> None:
    people = two_people()
    post("links/", {"customers": ids(people)})
    assert why(people[1]).status_code == 301
    told = why(people[0]).json()
    assert len(told["identifiers"]) == 4
    assert {(link["basis"], link["standing"]) for link in told["links"]} == {("staff", "same"), ("observed", "same")}
    assert {link["source"] for link in told["links"]} == {"shop", None}


@pytest.mark.parametrize("asked", [{}, {"customers": []}, {"customers": ["x", "y"]}, {"customers": "x"}])
def test_what_cannot_be_read_is_refused_with_its_reason(asked: dict[str, Any]) -> None:
    response = post("links/", asked)
    assert response.status_code == 400
    assert response.json()["detail"].startswith("customers")


def test_only_admins_decide() -> None:
    people = two_people()
    link = Link.objects.earliest("pk").pk
    for role in ("agent", "marketer", "privacy"):
        assert post("links/", {"customers": ids(people)}, role).status_code == 403
        assert post(f"links/{link}/withdraw/", {}, role).status_code == 403
        assert post(f"customers/{ids(people)[0]}/split/", {"identifiers": [1]}, role).status_code == 403
    assert not IdentityEvent.objects.filter(cause__startswith="staff.").exists()
