"""Households: who shares a landline or an address is shown as other people, and never merged."""

from collections.abc import Iterable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from crm.identity.models import Customer, Identifier
from crm.identity.sharing import Sharer
from crm.matching.live import match_due
from crm.matching.models import Review
from crm.matching.reviewing import decide
from crm.matching.tests.people import current_model, record, source, tell
from crm.matching.verdicts import Reason
from crm.privacy.models import ApiKey
from crm.privacy.tests.signing import signed_in
from crm.profile.household import MOST, READ_NEIGHBOURS, Neighbour, household, household_of
from crm.sql import cursor

HOME = {"street_number": "12", "street": "Cathedral Road", "postcode": "CF11 9LJ"}
PEOPLE = (
    ("Anna", "Whitfield", "1986-11-29"), ("Tom", "Whitfield", "1984-02-11"), ("Grace", "Okafor", "1991-07-03"),
    ("Piotr", "Nowak", "1977-01-20"),
)  # fmt: skip


def moved_in(number: int, who: tuple[str, str, str], **address: str) -> Customer:
    """Somebody of whom a source says where they live."""
    given, surname, born = who
    told = {"given_name": given, "surname": surname, "date_of_birth": born}
    about = tell(record(str(number)), source("office", is_trusted=True), **told, **address)
    return Identifier.objects.select_related("customer").get(pk=about).customer


def mates(customer: Customer) -> dict[int, str]:
    return {mate.customer_id: mate.said for mate in household_of(customer)}


@pytest.mark.django_db
def test_who_lives_at_one_address_is_a_household_and_stays_apart() -> None:
    current_model()
    anna, tom = moved_in(1, PEOPLE[0], **HOME), moved_in(2, PEOPLE[1], street="12 Cathedral Rd", postcode="cf119lj")
    other = moved_in(3, PEOPLE[2], **HOME | {"street_number": "14"})
    match_due()
    assert mates(anna) == {tom.pk: "same address"}
    assert mates(tom) == {anna.pk: "same address"}
    assert mates(other) == {}


@pytest.mark.django_db
def test_another_flat_at_the_same_number_is_another_household() -> None:
    current_model()
    anna = moved_in(1, PEOPLE[0], address2="Flat 1", **HOME)
    tom = moved_in(2, PEOPLE[1], address2="Flat 1", **HOME)
    moved_in(3, PEOPLE[2], address2="Flat 2", **HOME)
    match_due()
    assert mates(anna) == {tom.pk: "same address"}


@pytest.mark.django_db
def test_an_office_and_a_building_are_no_household() -> None:
    current_model()
    anna = moved_in(1, PEOPLE[0], **HOME)
    moved_in(2, PEOPLE[1], company="Whitfield Ltd", **HOME)
    match_due()
    assert mates(anna) == {}
    names = [(f"Person{chr(65 + n)}", f"Family{chr(65 + n)}", f"19{60 + n}-01-0{1 + n % 9}") for n in range(MOST)]
    for number, who in enumerate(names, start=10):
        moved_in(number, who, **HOME)
    match_due()
    assert mates(anna) == {}


@pytest.mark.django_db
def test_the_page_and_the_api_show_the_household() -> None:
    current_model()
    anna, tom = (moved_in(number, PEOPLE[number], **HOME) for number in (0, 1))
    match_due()
    page = " ".join(signed_in("agent").get(f"/customers/{anna.public_id}/").content.decode().split())
    assert (
        f'<a class="do" href="/customers/{tom.public_id}/">Tom Whitfield</a> <span class="quiet">same address' in page
    )
    key = ApiKey.issue("reports", "agent")[1]
    found = Client().get(f"/api/v1/customers/{anna.public_id}/", headers={"Authorization": f"Bearer {key}"}).json()
    assert found["household"] == [{"id": str(tom.public_id), "name": "Tom Whitfield", "ways": ["same address"]}]


@pytest.mark.django_db
def test_who_may_turn_out_to_be_the_same_person_is_not_called_another() -> None:
    current_model()
    anna, tom = (moved_in(number, PEOPLE[number], **HOME) for number in (0, 1))
    match_due()
    a, b = (Identifier.objects.get(customer=one) for one in (anna, tom))
    asked = Review.objects.create(a=a, b=b, weight=1.0, probability=0.7, reason=Reason.UNSURE)
    assert mates(anna) == {tom.pk: "same address, perhaps the same person"}
    assert mates(tom) == {anna.pk: "same address, perhaps the same person"}
    decide(asked, "different", User.objects.create(username="who decides"))
    assert mates(anna) == {tom.pk: "same address"}


def sharing(*customers: int, phone: str = "+442920180142") -> Iterable[Sharer]:
    return [Sharer(one, "phone", phone) for one in customers]


def test_who_shares_most_comes_first_and_a_switchboard_makes_no_household() -> None:
    near = [Neighbour(one, 1) for one in (1, 2, 3)]
    found = household(1, [*sharing(3, 4), *sharing(*range(20, 40), phone="+442920180000")], near)
    assert [(mate.customer_id, mate.said) for mate in found] == [
        (3, "same landline 029 2018 0142, same address"), (2, "same address"), (4, "same landline 029 2018 0142")
    ]  # fmt: skip


def test_a_shared_mobile_is_called_a_phone_and_a_shared_inbox_makes_no_household() -> None:
    found = household(1, [*sharing(2, phone="+447700900142"), Sharer(3, "email", "us@example.com")], [])
    assert [(mate.customer_id, mate.said) for mate in found] == [(2, "same phone 07700 900142")]


@pytest.mark.django_db
def test_neighbours_are_found_through_an_index() -> None:
    model = current_model()
    with cursor() as sql:
        sql.execute(
            "INSERT INTO crm_matchprofile (identifier_id, features, keys, is_vouched, model_id) SELECT n, "
            "jsonb_build_object('street', ARRAY['s' || n % 900], 'postcode', ARRAY['p' || n % 900], "
            "'number', ARRAY['1'])"
            f", '{{}}', true, {model.pk} FROM generate_series(1, 20000) AS n"
        )
        sql.execute("ANALYZE crm_matchprofile")
        asked = {"identifiers": "{1,2}", "addresses": 4, "read": 60}
        plan = "\n".join(line for (line,) in sql.execute(f"EXPLAIN {READ_NEIGHBOURS}", asked))
    assert "profile_by_address" in plan
    assert "Seq Scan on crm_matchprofile" not in plan
