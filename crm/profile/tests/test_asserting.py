"""Traits as they are kept: once for each value, with the days on which it was said."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.identity.models import Identifier
from crm.profile.asserting import Asserted, assert_traits
from crm.profile.models import Trait
from crm.profile.tests.people import NOON, customer, say, source


@pytest.mark.django_db
def test_a_trait_keeps_the_days_on_which_it_was_said() -> None:
    anna = customer()
    for days in (3, 0, 3, 1):
        say(anna, "web", days=days, city="Bath")
    trait = Trait.objects.get()
    assert trait.days == [date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 6)]
    assert (trait.first_seen_at, trait.last_seen_at) == (NOON, NOON + timedelta(days=3))


@pytest.mark.django_db
def test_a_trait_from_before_days_were_kept_has_its_first_and_last() -> None:
    anna = customer()
    say(anna, "web", city="Bath")
    say(anna, "web", days=2, city="Bath")
    Trait.objects.update(days=[])
    say(anna, "web", days=5, city="Bath")
    assert [day.day for day in Trait.objects.get().days] == [3, 5, 8]


@pytest.mark.django_db
def test_what_was_once_checked_stays_so() -> None:
    anna = customer()
    say(anna, "web", verified=True, city="Bath")
    say(anna, "web", days=1, city="Bath")
    assert Trait.objects.get().is_verified


SAID = st.tuples(st.sampled_from("ab"), st.integers(0, 40), st.booleans())
ANY_ORDER = st.lists(SAID, min_size=1, max_size=6).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some)))


class AnyOrder(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(ANY_ORDER)
    def test_the_same_said_in_any_order_and_twice_is_the_same(
        self, orders: tuple[list[tuple[str, int, bool]], list[tuple[str, int, bool]]]
    ) -> None:
        web, found = source("web"), []
        for login, said in zip(("1", "2"), orders, strict=True):
            about = Identifier.objects.get(customer=customer(login))
            for value, hours, verified in [*said, *said]:
                assert_traits([Asserted(about.pk, web.pk, "city", value, NOON + timedelta(hours=hours), verified)])
            kept = ("value", "first_seen_at", "last_seen_at", "days", "is_verified")
            found.append(list(Trait.objects.filter(identifier=about).order_by("value").values(*kept)))
        assert found[0] == found[1]
