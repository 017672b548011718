"""What identifiers are compared by: the same for a few as for all, and nothing that a guard holds back."""

import pytest

from crm.identity.models import Identifier
from crm.matching.facts import Facts, facts_of, read_population
from crm.matching.tests.people import email, login, phone, record, source, tell

pytestmark = pytest.mark.django_db


def several() -> list[int]:
    web, office = source("web"), source("office", is_trusted=True)
    anna = tell(login("a"), web, email("anna@example.com"), given_name="Anna", surname="Whitfield")
    tell(login("a"), web, phone("+441632960001"), given_name="Ann", city='Bath, "Spa"\nSomerset')
    tom = tell(record("7"), office, email("tom@example.com"), full_name="Tom Whitfield")
    tell(record("7"), web, given_name="Mallory")
    mail = tell(email("maria@example.com"), web, full_name="Maria Silva")
    nameless = tell(login("b"), web, email("nobody@example.com"), city="Bath")
    return [anna, tom, mail, nameless]


def test_a_profile_is_what_was_said_of_a_person_with_their_contacts() -> None:
    anna, tom, mail, nameless = several()
    assert facts_of([anna, tom, mail, nameless]) == {
        anna: Facts(
            {
                "city": ('Bath, "Spa"\nSomerset',),
                "email": ("anna@example.com",),
                "given_name": ("Ann", "Anna"),
                "phone": ("+441632960001",),
                "surname": ("Whitfield",),
            },
            is_vouched=False,
        ),
        tom: Facts({"email": ("tom@example.com",), "full_name": ("Tom Whitfield",)}, is_vouched=True),
        mail: Facts({"email": ("maria@example.com",), "full_name": ("Maria Silva",)}, is_vouched=False),
    }


def test_everybody_is_read_as_a_few_are() -> None:
    identifiers = several()
    population, few = read_population(), facts_of(identifiers)
    assert sorted(population.ids) == sorted(few)
    for row, identifier in enumerate(population.ids):
        told = {field: values[row] for field, values in population.fields.items() if values[row]}
        assert Facts(told, bool(population.is_vouched[row])) == few[int(identifier)]


def test_rows_are_in_the_order_of_the_identifiers_own_values() -> None:
    several()
    keys = [str(Identifier.objects.get(pk=one).kind) for one in read_population().ids]
    assert keys == ["email", "login", "record"]


def test_with_nobody_there_is_nobody() -> None:
    assert len(read_population()) == 0


def test_an_address_that_a_held_link_claims_is_not_theirs() -> None:
    office, web = source("office", is_trusted=True), source("web")
    tell(record("7"), office, email("tom@example.com"), given_name="Tom")
    thief = tell(login("thief"), web, email("tom@example.com"), given_name="Tom", surname="Smith")
    assert "email" not in facts_of([thief])[thief].record
