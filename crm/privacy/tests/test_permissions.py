"""What stands of consents: the newest of one person, the most restrictive of people who were joined."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.identity.merging import merge
from crm.identity.models import Customer, Identifier
from crm.identity.tests.test_merging import cookie, customer_of, email, see, source
from crm.privacy.consenting import ConsentNoted, note_consents
from crm.privacy.permissions import Permission, permissions, standing, strictest

AT = datetime(2026, 11, 1, tzinfo=UTC)

said = st.lists(
    st.builds(
        lambda part, purpose, days, is_withdrawn: (
            part, Permission(purpose, "email", AT + timedelta(days=days), is_withdrawn, "shop")),
        st.integers(0, 3), st.sampled_from(["marketing", "analytics"]), st.integers(0, 9), st.booleans(),
    ),
    max_size=12,
)  # fmt: skip


def given_purposes(found: list[Permission]) -> set[str]:
    return {one.purpose for one in found if one.is_given}


@settings(max_examples=300, deadline=None)
@given(said, st.integers(0, 999))
def test_joining_people_never_widens_a_consent(events: list[tuple[int, Permission]], seed: int) -> None:
    joined = strictest(events)
    for part in range(4):
        own = standing(permission for number, permission in events if number == part)
        assert given_purposes(joined).isdisjoint({one.purpose for one in own if one.is_withdrawn})
    assert strictest(random.Random(seed).sample(events, len(events))) == joined


def note(value: str, is_given: bool, days: int) -> None:
    identifier = Identifier.objects.get(value=value).pk
    at = AT + timedelta(days=days)
    note_consents([ConsentNoted(identifier, source().pk, "marketing", "email", is_given, at)])


def may_market(customer: Customer) -> bool:
    return bool(given_purposes(permissions(list(customer.identifiers.values_list("pk", flat=True)))))


@pytest.mark.django_db
def test_one_persons_later_word_replaces_the_earlier_on_any_of_their_identifiers() -> None:
    see((email("anna"), cookie("a")))
    note("a", False, 0)
    note(email("anna").value, True, 1)
    assert may_market(customer_of(email("anna")))


@pytest.mark.django_db
def test_of_people_whom_staff_joined_the_most_restrictive_holds() -> None:
    see((email("anna"), cookie("a")), (email("tom"), cookie("t")))
    note(email("tom").value, False, 0)
    note(email("anna").value, True, 1)
    anna = customer_of(email("anna"))
    assert may_market(anna)
    merge(anna, customer_of(email("tom")), None)
    assert not may_market(customer_of(email("anna")))
