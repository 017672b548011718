"""Conversions by the API: read by filters, noted in batches, and by pseudonym where a key may not know who it is."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from crm.identity.models import Customer
from crm.privacy.models import ApiKey
from journeys.attribution.converting import Worth, convert
from journeys.attribution.models import Conversion
from journeys.tests.factories import NOON, annas_journey, customer_of, source, user
from journeys.work.deeds import Hand

pytestmark = pytest.mark.django_db
ORDER = {"email": "anna.whitfield@example.com", "at": "2026-11-02T10:00:00Z", "value": "40.00", "currency": "GBP"}


def program(role: str = "admin", *scopes: str) -> Client:
    key = ApiKey.issue(f"{role} {' '.join(scopes)}", role, scopes)[1]
    return Client(headers={"Authorization": f"Bearer {key}"})


def noted(client: Client, *told: dict[str, Any], **more: Any) -> Any:
    answer = client.post("/api/v1/conversions/", {"conversions": list(told), **more}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return [(one["outcome"], one["said"]) for one in answer.json()["results"]]


def listed(client: Client, **asked: Any) -> Any:
    return client.get("/api/v1/conversions/", asked).json()


def test_a_batch_is_noted_each_for_itself() -> None:
    anna = annas_journey()
    wrong = {**ORDER, "value": "40,00"}
    outcomes = noted(
        program("integration", "conversions:write"), {**ORDER, "order": "B7"}, wrong, {**ORDER, "order": "B7"}
    )
    assert [outcome for outcome, _ in outcomes] == ["done", "refused", "already"]
    assert "write 1234.56" in outcomes[1][1]
    [one] = listed(program())["results"]
    assert (one["customer"], one["value"], one["order"], one["kind"]) == (str(anna.public_id), "40.00", "B7", "sale")


def test_people_are_named_by_their_customer_or_by_an_id_of_a_source() -> None:
    anna, shop = annas_journey(), source("website")
    told = {"at": "2026-11-02", "value": "1", "currency": "EUR"}
    by_login = {**told, "identifier": "login:4711", "value": "2"}
    assert noted(program(), {**told, "customer": str(anna.public_id)}, by_login, source=shop.public_id) == [
        ("done", "noted"), ("done", "noted")
    ]  # fmt: skip
    assert {one.identifier.customer for one in Conversion.objects.all()} == {anna}


def test_filters_and_pages() -> None:
    anna = annas_journey()
    whose = anna.spokesman()
    assert whose
    for day in range(5):
        convert(whose.pk, Worth(Decimal(day), "GBP" if day % 2 else "EUR"), Hand(user()), at=NOON + timedelta(days=day))
    first = listed(program(), limit=3)
    assert [one["value"] for one in first["results"]] == ["4.00", "3.00", "2.00"]
    rest = program("agent").get(first["next"]).json()
    assert ([one["value"] for one in rest["results"]], rest["next"]) == (["1.00", "0.00"], None)
    assert len(listed(program("lead"), currency="GBP")["results"]) == 2
    since = (NOON + timedelta(days=3)).isoformat()
    assert len(listed(program("privacy"), occurred_after=since, kind="sale")["results"]) == 2
    assert (
        len(listed(program("lead", "conversions:read"), occurred_before=since, customer=anna.public_id)["results"]) == 3
    )
    assert listed(program("agent", "conversions:read"), kind="upgrade")["results"] == []


def test_a_marketers_key_reads_by_pseudonym_and_notes_nothing() -> None:
    annas_journey()
    noted(program(), {**ORDER, "order": "B7"})
    marketer = program("marketer")
    [one] = listed(marketer)["results"]
    assert (one["identifier"], one["order"]) == ("email:a•••@example.com", "")
    answer = marketer.post("/api/v1/conversions/", {"conversions": [ORDER]}, content_type="application/json")
    assert answer.status_code == 403


def test_another_brands_conversions_are_on_the_other_side_of_the_wall() -> None:
    annas_journey()
    noted(program(), ORDER)
    Customer.objects.filter(pk=customer_of("login", "4711").pk).update(brand="lagoon")
    assert listed(program("agent"))["results"] == []


def test_what_is_no_batch_is_refused() -> None:
    client = program()
    bodies: list[Any] = [{}, {"conversions": []}, {"conversions": [ORDER] * 501}, {"conversions": ["x"]}, [ORDER]]
    for body in bodies:
        answer = client.post("/api/v1/conversions/", body, content_type="application/json")
        assert answer.status_code == 400, body
    unknown = {"conversions": [ORDER], "source": "nowhere"}
    assert client.post("/api/v1/conversions/", unknown, content_type="application/json").status_code == 404
