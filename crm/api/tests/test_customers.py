"""The API's customers: found, listed, shown, for those with a key."""

import uuid
from typing import Any

import pytest
from django.test import Client

from crm.identity.models import Customer, Identifier
from crm.privacy.consenting import ConsentNoted, note_consents
from crm.privacy.models import ApiKey
from crm.privacy.roles import KNOWS_CUSTOMERS
from crm.search.tests.people import NOON, person, shop

pytestmark = pytest.mark.django_db


def get(address: str, role: str = "agent", **parameters: Any) -> Any:
    _, key = ApiKey.issue(f"test {uuid.uuid4()}", role)
    return Client().get(f"/api/v1/{address}", parameters, headers={"authorization": f"Bearer {key}"})


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [one["name"] for one in response.json()["results"]]


def public_id(customer: int) -> uuid.UUID:
    return Customer.objects.get(pk=customer).public_id


@pytest.fixture
def anna() -> int:
    return person(
        ("email", "anna.whitfield@example.com"), ("phone", "+447700900142"), ("login", "4711"),
        given_name="Anna", surname="Whitfield", city="Cardiff",
    )  # fmt: skip


# Who may ask


@pytest.mark.parametrize("role", sorted(KNOWS_CUSTOMERS))
def test_every_role_may_read_customers(anna: int, role: str) -> None:
    assert names(get("customers/", role)) == ["Anna Whitfield"]


def test_without_a_key_the_answer_is_401_and_says_how_to_send_one() -> None:
    response = Client().get("/api/v1/customers/")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("header", ["Bearer tl_wrong", "Bearer", "Bearer a b", "Bearer \xff", "Basic YTpi"])
def test_a_key_that_is_none_is_refused(header: str) -> None:
    response = Client().get("/api/v1/customers/", headers={"authorization": header})
    assert response.status_code == 401
    assert response.json()["detail"]


def test_a_revoked_key_is_refused(anna: int) -> None:
    made, key = ApiKey.issue("old", "agent")
    ask = {"authorization": f"Bearer {key}"}
    assert Client().get("/api/v1/customers/", headers=ask).status_code == 200
    made.revoked_at = NOON
    made.save()
    response = Client().get("/api/v1/customers/", headers=ask)
    assert response.status_code == 401
    assert "revoked" in response.json()["detail"]


# The list


def test_an_identifier_finds_its_customer_in_any_notation(anna: int) -> None:
    person(("email", "tom@example.com"), full_name="Tom")
    for value in ("email:Anna.Whitfield@example.com", "phone:07700 900142", "phone:+447700900142", "login:4711"):
        assert names(get("customers/", identifier=value)) == ["Anna Whitfield"]
    assert names(get("customers/", identifier="email:nobody@example.com")) == []
    assert names(get("customers/", identifier="email:not an address")) == []


def test_a_search_says_what_matched(anna: int) -> None:
    (found,) = get("customers/", search="wihtfield anna").json()["results"]
    assert found == {
        "id": str(public_id(anna)), "name": "Anna Whitfield", "is_known": True, "is_shared": False,
        "contacts": [{"kind": "email", "value": "anna.whitfield@example.com"},
                     {"kind": "phone", "value": "+447700900142"}],
        "matched": {"kind": "name", "text": "Anna Whitfield"},
    }  # fmt: skip
    assert names(get("customers/", search="anna", identifier="login:4711")) == ["Anna Whitfield"]
    assert names(get("customers/", search="anna", identifier="login:4712")) == []


def test_pages_of_all_customers_add_up_to_all() -> None:
    people = [f"Person {chr(65 + n)}" for n in range(7)]
    for n, name in enumerate(people):
        person(("email", f"person{n}@example.com"), ("login", f"u{n}"), full_name=name)
    _, key = ApiKey.issue("walker", "agent")
    found, address = [], "/api/v1/customers/?limit=2"
    for _ in range(20):
        page = Client().get(address, headers={"authorization": f"Bearer {key}"}).json()
        found += [one["name"] for one in page["results"]]
        address = page["next"]
        if not address:
            break
    assert found == people[::-1]


@pytest.mark.parametrize(
    ("parameters", "at_fault", "remedy"),
    [
        ({"limit": "0"}, "limit", "from 1 to 200"),
        ({"limit": "201"}, "limit", "from 1 to 200"),
        ({"limit": "many"}, "limit", "from 1 to 200"),
        ({"before": "yesterday"}, "before", "what the next page"),
        ({"identifier": "jane@example.com"}, "identifier", "kind:value"),
        ({"identifier": "mail:jane@example.com"}, "identifier", "kinds: login, record, email"),
        ({"search": "x" * 201}, "search", "200 characters"),
        ({"search": "\0"}, "search", "Null characters"),
        ({"serach": "anna"}, "serach", "there are: identifier, search, before, limit"),
        ({"search": ["anna", "tom"]}, "search", "give it once"),
    ],
)
def test_a_bad_parameter_is_named_with_its_remedy(parameters: dict[str, Any], at_fault: str, remedy: str) -> None:
    response = get("customers/", **parameters)
    assert response.status_code == 400
    said = response.json()
    assert said["parameter"] == at_fault
    assert said["detail"].startswith(f"{at_fault}: ")
    assert remedy in said["detail"]


# One customer


def test_a_customer_shows_every_value_with_its_source_identifiers_and_consents(anna: int) -> None:
    email = Identifier.objects.get(kind="email")
    note_consents([ConsentNoted(email.pk, shop().pk, "marketing", "email", False, NOON)])
    said = get(f"customers/{public_id(anna)}/").json()
    assert said["golden"]["city"] == {
        "value": "Cardiff",
        "source": "shop",
        "at": said["golden"]["city"]["at"],
        "is_verified": False,
        "flaw": "",
        "why": "the only value",
        "others": [],
    }
    assert [(one["kind"], one["value"], one["shared"]) for one in said["identifiers"]] == [
        ("login", "4711", ""), ("email", "anna.whitfield@example.com", ""), ("phone", "+447700900142", ""),
    ]  # fmt: skip
    assert [(one["purpose"], one["channel"], one["is_given"]) for one in said["consents"]] == [
        ("marketing", "email", False)
    ]


def test_the_id_of_a_merged_customer_leads_to_the_one_that_stands(anna: int) -> None:
    old = Identifier.objects.get(kind="phone").origin.public_id
    assert old != public_id(anna)
    response = get(f"customers/{old}/")
    assert response.status_code == 301
    assert response["Location"] == f"http://testserver/api/v1/customers/{public_id(anna)}/"
    assert response["Cache-Control"] == "no-store"  # an unmerge ends it


@pytest.mark.parametrize(("asked", "status"), [("4711", 400), ("%00", 400), (uuid.UUID(int=7), 404), ("{0}", 400)])
def test_an_id_that_is_none_is_refused_and_one_of_nobody_is_not_found(asked: object, status: int) -> None:
    response = get(f"customers/{asked}/")
    assert response.status_code == status
    assert response.json()["detail"].startswith("customer: ")


def test_other_addresses_are_not_found_in_json() -> None:
    response = get("customer/")
    assert response.status_code == 404
    assert "/api/v1/docs/" in response.json()["detail"]


def test_a_page_of_customers_takes_few_queries(anna: int, django_assert_max_num_queries: Any) -> None:
    for n in range(30):
        person(("email", f"person{n}@example.com"), full_name=f"Person {n}")
    with django_assert_max_num_queries(8):
        assert len(names(get("customers/"))) == 31
