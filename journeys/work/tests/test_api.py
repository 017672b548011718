"""Cases, tasks and notes over the API: made, listed, and shown on the journey under the key's name."""

from typing import Any

import pytest
from django.test import Client

from crm.identity.models import Identifier
from crm.privacy.models import ApiKey
from journeys.tests.factories import annas_journey
from journeys.work.models import Deed

pytestmark = pytest.mark.django_db
MADE = {
    "cases": {"subject": "Can the sea view be kept?", "order": "NS-1"},
    "tasks": {"what": "Ring back", "due_at": "2030-01-02T10:00:00Z"},
    "notes": {"body": "Prefers the evening"},
}


def asked(method: str, address: str, role: str = "agent", **body: Any) -> Any:
    key = ApiKey.issue(f"a program of {role} {ApiKey.objects.count()}", role)[1]
    told = {"content_type": "application/json", "data": body} if method == "post" else {}
    return getattr(Client(), method)(f"/api/v1/{address}", headers={"Authorization": f"Bearer {key}"}, **told)


@pytest.mark.parametrize("what", sorted(MADE))
def test_work_is_made_listed_and_stands_on_the_journey(what: str) -> None:
    customer = str(annas_journey().public_id)
    made = asked("post", f"{what}/", customer=customer, **MADE[what])
    assert made.status_code == 201
    listed = asked("get", f"{what}/?customer={customer}").json()
    assert [row["said"] for row in listed["results"]] == [made.json()["said"]]
    assert listed["results"][0]["customer"] == customer
    assert Deed.objects.get().by.startswith("API key a program")


def test_only_those_at_the_desk_may() -> None:
    assert asked("get", "cases/", role="marketer").status_code == 403


def test_pages_go_on_where_the_last_one_ended() -> None:
    customer = str(annas_journey().public_id)
    for number in range(3):
        asked("post", "notes/", customer=customer, body=f"Note {number}")
    first = asked("get", "notes/?limit=2").json()
    assert [row["said"] for row in first["results"]] == ["Note 2", "Note 1"]
    rest = asked("get", first["next"].split("/api/v1/")[1]).json()
    assert [row["said"] for row in rest["results"]] == ["Note 0"]
    assert rest["next"] is None


def test_what_cannot_be_is_refused_with_the_remedy() -> None:
    customer = annas_journey()
    told = {"customer": str(customer.public_id), "what": "Ring back", "due_at": "2030-01-02T10:00:00Z"}
    for field, value in (("what", " "), ("customer", "zebra")):
        wrong = asked("post", "tasks/", **told | {field: value})
        assert wrong.status_code == 400
        assert field in wrong.json()["detail"]
    assert asked("post", "tasks/", **told | {"due_at": "0076-01-01T00:00:00Z"}).status_code == 409
    line = Identifier.objects.get(kind="phone", value="+442920180142").customer.public_id
    assert asked("post", "notes/", customer=str(line), body="of whom?").status_code == 409
