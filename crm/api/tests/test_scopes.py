"""Keys with scopes do what these say, and are told which one they lack."""

from typing import Any

import pytest
from django.test import Client

from crm.identity.tests.test_merging import customer_of, email, see
from crm.privacy.models import ApiKey

pytestmark = pytest.mark.django_db


def program(role: str, *scopes: str) -> Client:
    """A program with a new key."""
    _, text = ApiKey.issue(f"{role} {scopes}", role, scopes)
    return Client(headers={"authorization": f"Bearer {text}"})


def refusal(response: Any) -> str:
    assert response.status_code == 403
    return str(response.json()["detail"])


def test_an_integration_does_what_its_scopes_say_and_nothing_else() -> None:
    see((email("anna"),))
    anna = customer_of(email("anna")).public_id
    sync = program("integration", "customers:read", "work:write")
    assert [one["id"] for one in sync.get("/api/v1/customers/").json()["results"]] == [str(anna)]
    asked = {"customer": str(anna), "subject": "Where is my ticket?"}
    assert sync.post("/api/v1/cases/", asked, content_type="application/json").status_code == 201
    assert "lacks the scope work:read" in refusal(sync.get("/api/v1/cases/"))
    assert "lacks the scope decisions:write" in refusal(sync.post("/api/v1/links/", {}))
    assert "lacks the scope sources:read" in refusal(sync.get("/api/v1/sources/"))


def test_an_integration_may_be_given_what_admins_do() -> None:
    see((email("anna"),), (email("tom"),))
    asked = {"customers": [str(customer_of(email(name)).public_id) for name in ("anna", "tom")]}
    sync = program("integration", "decisions:write")
    assert sync.post("/api/v1/links/", asked, content_type="application/json").status_code == 201
    assert "lacks the scope customers:read" in refusal(sync.get("/api/v1/customers/"))


def test_scopes_take_from_a_role_and_add_nothing_to_it() -> None:
    reports = program("marketer", "customers:read", "sources:read")
    assert reports.get("/api/v1/customers/").status_code == 200
    assert "lacks the scope interactions:read" in refusal(reports.get("/api/v1/interactions/"))
    refusal(reports.get("/api/v1/sources/"))


def test_a_key_without_scopes_has_the_rights_of_its_role() -> None:
    for role, status in (("agent", 200), ("lead", 200), ("marketer", 403), ("auditor", 403), ("integration", 403)):
        assert program(role).get("/api/v1/cases/").status_code == status


def test_the_description_names_the_scope() -> None:
    described = Client().get("/api/v1/schema/?format=json").json()
    assert "`deliveries:write`" in described["paths"]["/api/v1/deliveries/{delivery}/replay/"]["post"]["description"]


def test_scopes_open_no_screens() -> None:
    sync = program("integration", "customers:read")
    assert sync.get("/customers/")["Location"].startswith("/sign-in/")
