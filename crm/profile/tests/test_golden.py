"""Survivorship: which of the asserted values shows."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from crm.profile.golden import Assertion, display_name, judge, survive

AT = datetime(2026, 11, 3, tzinfo=UTC)
NUMBER = UUID("3fa20000-0000-4000-8000-000000000000")
ASSERTIONS = st.builds(
    Assertion,
    name=st.sampled_from(["given_name", "city"]),
    value=st.sampled_from(["Anna", "ANNA", "Ann", "Cardiff"]),
    source=st.sampled_from(["web", "desk"]),
    is_trusted=st.booleans(),
    at=st.integers(0, 3).map(lambda days: AT + timedelta(days=days)),
)


def said(value: str, *, days: int = 0, trusted: bool = False, source: str = "web", name: str = "city") -> Assertion:
    return Assertion(name, value, source, trusted, AT + timedelta(days=days))


def test_a_trusted_source_wins_over_a_newer_one() -> None:
    field = survive([said("Cardiff", trusted=True), said("Bristol", days=5)])["city"]
    assert field.value == "Cardiff"
    assert [other.value for other in field.others] == ["Bristol"]


def test_of_equally_trusted_values_the_most_recent_shows() -> None:
    assert survive([said("Cardiff"), said("Bristol", days=1), said("Bath", days=-1)])["city"].value == "Bristol"


def test_another_source_that_says_the_same_agrees() -> None:
    field = survive([said("Cardiff", days=1), said("CARDIFF ", source="desk")])["city"]
    assert [one.source for one in field.agreeing] == ["desk"]
    assert field.others == ()


@given(st.lists(ASSERTIONS, max_size=8).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_the_assertions_does_not_matter(orders: tuple[list[Assertion], list[Assertion]]) -> None:
    assert survive(orders[0]) == survive(orders[1])


@given(st.lists(ASSERTIONS, max_size=8))
def test_no_value_is_lost(assertions: list[Assertion]) -> None:
    kept = {a for field in survive(assertions).values() for a in (field.shown, *field.agreeing, *field.others)}
    assert {(a.name, a.value.casefold()) for a in kept} == {(a.name, a.value.casefold()) for a in assertions}


def test_a_customer_is_called_by_name_else_by_address_else_a_visitor() -> None:
    names = [said("Anna", name="given_name"), said("Whitfield", name="surname"), said("A. W.", name="full_name")]
    contacts = [("phone", "+447700900142"), ("email", "anna@example.com"), ("cookie", "c1")]
    assert display_name(survive(names), contacts, NUMBER) == "Anna Whitfield"
    assert display_name(survive(names[2:]), contacts, NUMBER) == "A. W."
    assert display_name(survive(names[:1]), contacts, NUMBER) == "Anna"
    assert display_name({}, contacts, NUMBER) == "anna@example.com"
    assert display_name({}, contacts[2:], NUMBER) == "Visitor 3fa2"


def test_a_country_shows_by_its_code_and_its_names_agree() -> None:
    field = survive([said("United Kingdom", name="country", days=1), said("GBR", name="country", source="desk")])
    assert (field["country"].value, [one.source for one in field["country"].agreeing]) == ("GB", ["desk"])
    assert field["country"].others == ()


def test_what_is_no_country_language_or_postcode_shows_nowhere() -> None:
    wrong = {"country": "Atlantis", "language": "gibberish!", "postcode": "to follow, sorry", "national_id": "a\nb"}
    found = judge([said(value, name=name) for name, value in wrong.items()])
    assert not found.golden
    assert set(found.unfit) == set(wrong)
    assert survive([said("Atlantis", days=9, name="country"), said("Wales", name="country")])["country"].value == "GB"
