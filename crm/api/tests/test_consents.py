"""Consents by the API: every event, and what a customer says now."""

from typing import Any

import pytest
from django.test import Client

from crm.identity.models import Customer, Identifier
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.models import ApiKey, Consent
from crm.profile.tests.people import customer

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/consents/"
TOLD = {"purpose": "marketing", "channel": "email", "state": "withdrawn", "evidence": "the form of 3 November"}


@pytest.fixture
def anna() -> Customer:
    return customer()


def program(role: str = "agent", *scopes: str) -> Client:
    key = ApiKey.issue(f"{role} {' '.join(scopes)}", role, scopes)[1]
    return Client(headers={"authorization": f"Bearer {key}"})


def tell(by: Client, anna: Customer, **told: Any) -> Any:
    return by.post(ADDRESS, {"customer": str(anna.public_id), **TOLD, **told}, content_type="application/json")


def test_what_a_customer_says_is_noted_and_answers_what_stands(anna: Customer) -> None:
    by = program()
    said = tell(by, anna)
    assert said.status_code == 201
    [standing] = said.json()
    assert (standing["purpose"], standing["channel"], standing["is_given"]) == ("marketing", "email", False)
    [event] = by.get(f"{ADDRESS}?customer={anna.public_id}").json()["results"]
    assert (event["state"], event["identifier"]) == ("withdrawn", "login:4711")
    assert event["evidence"] == "the form of 3 November (API key agent )"
    noted = AuditEntry.objects.get(act=Act.CONSENTED)
    assert (noted.customer_id, noted.subject) == (anna.pk, "email: marketing withdrawn")


def test_browsing_is_withheld_at_once(anna: Customer) -> None:
    by = program("integration", "consents:write")
    assert tell(by, anna, purpose="analytics", channel="web").status_code == 201
    assert Identifier.objects.get(customer=anna).is_withheld
    assert tell(by, anna, purpose="analytics", channel="web", state="given").status_code == 201
    assert not Identifier.objects.get(customer=anna).is_withheld


def test_who_may_not_notes_nothing(anna: Customer) -> None:
    for by in (program("marketer"), program("auditor"), program("integration", "consents:read"), Client()):
        assert tell(by, anna).status_code in (401, 403)
    assert not Consent.objects.exists()


def test_a_marketers_key_reads_of_nobody_whom_it_may_not_know(anna: Customer) -> None:
    tell(program(), anna)
    marketer = program("marketer")
    assert marketer.get(ADDRESS).json()["results"] == []
    assert marketer.get(f"{ADDRESS}?customer={anna.public_id}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"purpose": "Ads!"}, {"purpose": ""}, {"channel": "fax"}, {"state": "maybe"}, {"evidence": ""}, {"evidence": "\0"},
     {"basis": "because"}, {"customer": "anna"}],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(anna: Customer, wrong: dict[str, str]) -> None:
    said = tell(program(), anna, **wrong)
    assert said.status_code == 400
    assert said.json()["parameter"] in wrong
    assert not Consent.objects.exists()


def test_a_line_that_several_share_says_nothing(anna: Customer) -> None:
    Identifier.objects.filter(customer=anna).update(shared="count")
    said = tell(program(), anna)
    assert said.status_code == 409
    assert "find out who it is first" in said.json()["detail"]


def test_pages_follow_each_other(anna: Customer) -> None:
    by = program()
    for number in range(5):
        tell(by, anna, purpose=f"p{number}")
    first = by.get(f"{ADDRESS}?limit=3").json()
    rest = by.get(first["next"]).json()
    assert [one["purpose"] for one in first["results"] + rest["results"]] == ["p4", "p3", "p2", "p1", "p0"]
    assert rest["next"] is None
