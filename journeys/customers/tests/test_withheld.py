"""Browsing of somebody who does not want it to be looked at is nowhere to be seen, from the next event on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.django import TestCase

from crm.identity.merging import merge, withdraw
from crm.identity.models import Customer, Identifier, Link
from crm.privacy.consenting import Told, note_by_hand
from crm.privacy.models import Consent
from crm.privacy.permissions import permissions
from crm.privacy.tests.signing import signed_in
from crm.privacy.withholding import is_refused, reconsider_ended
from journeys.calls.gathering import refresh
from journeys.calls.models import Known
from journeys.interactions.drafts import ConsentGiven, Seen
from journeys.interactions.models import Interaction, Session
from journeys.tests.factories import (
    ANNAS_COOKIE,
    ANNAS_LOGIN,
    NOON,
    annas_journey,
    customer_of,
    identify,
    page,
    recorded,
    user,
)

SEEN = ("Bahamas holidays", "Atlantis, Paradise Island", "Quote, 2 adults", "Winter sun")


@pytest.fixture
def asking_first(settings: Any) -> None:
    settings.ASK_FIRST = True


@pytest.fixture
def anna(db: None) -> Customer:
    return annas_journey(timezone.now() - timedelta(hours=2))


def says(*, agrees: bool, seen: tuple[Seen, ...] = (ANNAS_COOKIE, ANNAS_LOGIN), minutes: int = 0) -> None:
    """Have the site tell what somebody allows."""
    draft = identify(timezone.now() + timedelta(minutes=minutes), *seen)
    recorded([replace(draft, consents=(ConsentGiven("analytics", agrees),))])


def told(client: Client, anna: Customer) -> str:
    """Everything that is told of her on any page and in the API."""
    own = f"/customers/{anna.public_id}/"
    pages = [own, f"{own}entries/", f"{own}entries/?channel=web", f"{own}?text=Bahamas", "/customers/?who=all",
             f"/desk{own}", "/api/v1/interactions/", "/api/v1/interactions/?channel=web", f"/api/v1{own}timeline/",
             *(f"/visits/{one}/" for one in Session.objects.values_list("pk", flat=True))]  # fmt: skip
    for one in Interaction.objects.filter(channel="web").values_list("pk", flat=True)[:4]:
        pages += [f"/interactions/{one}/", f"/api/v1/interactions/{one}/"]
    return "\n".join(client.get(address).content.decode() for address in pages)


def test_once_it_is_refused_browsing_is_on_no_page_and_in_no_answer(anna: Customer) -> None:
    agent = signed_in("agent")
    assert all(one in told(agent, anna) for one in SEEN)
    says(agrees=False)
    html = told(agent, anna)
    assert [one for one in SEEN if one in html] == []
    for left in ("Browsing is not shown", "Can we change the room", "Missed call", "No analytics"):
        assert left in html, left
    says(agrees=True, minutes=1)
    assert all(one in told(agent, anna) for one in SEEN)


def test_nor_does_routing_know_of_it(anna: Customer) -> None:
    refresh([anna.pk], [])
    assert "bahamas" in str(Known.objects.get(pk=anna.pk).facts).lower()
    says(agrees=False)
    refresh([anna.pk], [])
    assert "bahamas" not in str(Known.objects.get(pk=anna.pk).facts).lower()


def test_an_agent_who_is_told_so_ends_it_at_once(anna: Customer) -> None:
    note_by_hand(anna, Told("analytics", "web", is_given=False, evidence="said so"), user("agent"))
    html = told(signed_in("agent"), anna)
    assert [one for one in SEEN if one in html] == []


def test_a_browser_that_refuses_is_tied_to_nobody(db: None) -> None:
    browser, login = Seen("cookie", "c-quiet"), Seen("login", "99")
    recorded([page(NOON, "Cruises", browser)])
    says(agrees=False, seen=(browser, login))
    assert customer_of("cookie", "c-quiet") != customer_of("login", "99")
    assert not Link.objects.filter(a__value="c-quiet").exists()
    says(agrees=True, seen=(browser, login), minutes=1)
    assert customer_of("cookie", "c-quiet") == customer_of("login", "99")


def test_a_consent_that_ends_is_one_that_is_taken_back(anna: Customer) -> None:
    Consent.objects.filter(purpose="analytics").update(expires_at=timezone.now() - timedelta(minutes=1))
    assert reconsider_ended() == 1
    assert reconsider_ended() == 0
    html = told(signed_in("agent"), anna)
    assert [one for one in SEEN if one in html] == []


def test_of_two_whom_staff_join_the_one_who_refuses_decides_and_only_while_they_are_joined(anna: Customer) -> None:
    tom, actor = customer_of("login", "4712"), user("admin")
    recorded([page(timezone.now(), "Toms page", Seen("cookie", "c-tom"), Seen("login", "4712"))])
    says(agrees=False, seen=(Seen("login", "4712"),))
    made = merge(anna, tom, actor)
    assert Identifier.objects.filter(customer=customer_of("login", "4711"), is_withheld=False).count() == 0
    withdraw([made], actor)
    assert not Identifier.objects.get(value="4711").is_withheld
    assert Identifier.objects.get(value="4712").is_withheld


PEOPLE = [Seen("login", f"user-{number}") for number in range(5)]


def widened() -> list[str]:
    """The identifiers whose browsing is shown though their customer refuses, or hidden though nobody does."""
    wrong = []
    for customer in Customer.objects.filter(identifiers__isnull=False).distinct():
        own = list(customer.identifiers.all())
        is_expected = is_refused(permissions([one.pk for one in own]))
        wrong += [one.value for one in own if one.is_withheld != is_expected]
    return wrong


class NeverWider(TestCase):
    @given(
        some.lists(
            some.one_of(
                some.tuples(some.just("says"), some.integers(0, 4), some.booleans()),
                some.tuples(some.just("joined"), some.integers(0, 4), some.integers(0, 4)),
                some.tuples(some.just("parted"), some.integers(0, 4), some.integers(0, 4)),
            ),
            min_size=3, max_size=9,
        )
    )  # fmt: skip
    def test_whatever_is_said_joined_and_parted_no_browsing_is_shown_that_anybody_refuses(
        self, history: list[tuple[str, int, int | bool]]
    ) -> None:
        actor = User.objects.create(username="admin")
        recorded([page(NOON, "Home", one) for one in PEOPLE])
        for minute, (what, one, other) in enumerate(history):
            if what == "says":
                says(agrees=bool(other), seen=(PEOPLE[one],), minutes=minute)
                continue
            mine, theirs = (customer_of("login", PEOPLE[number].value) for number in (one, int(other)))
            if what == "joined" and mine != theirs:
                merge(mine, theirs, actor)
            if what == "parted":
                withdraw(list(Link.objects.standing().filter(basis="staff", verdict="same")[:1]), actor)
            assert widened() == []
        assert widened() == []


# Where people are asked first (THROUGHLINE_ASK_FIRST)


def test_where_people_are_asked_first_browsing_is_shown_from_their_yes_on(asking_first: None, db: None) -> None:
    agent, browser = signed_in("agent"), Seen("cookie", "c-new")
    recorded([page(timezone.now() - timedelta(hours=1), "Winter sun", browser)])
    somebody = customer_of("cookie", "c-new")
    assert "Winter sun" not in told(agent, somebody)
    says(agrees=True, seen=(browser,))
    assert "Winter sun" in told(agent, somebody)
    says(agrees=False, seen=(browser,), minutes=1)
    assert "Winter sun" not in told(agent, somebody)


def test_where_people_are_asked_first_nobody_is_shown_by_having_been_joined(asking_first: None, anna: Customer) -> None:
    says(agrees=True)
    recorded([page(NOON, "Winter sun", Seen("cookie", "of somebody else"))])
    other = customer_of("cookie", "of somebody else")
    link = merge(anna, other, user("boss"))
    withdraw([link], user("boss"))
    flags = dict(Identifier.objects.values_list("value", "is_withheld"))
    assert flags["of somebody else"]
    assert not flags[ANNAS_COOKIE.value]


def test_a_changed_setting_is_made_true_of_those_who_are_known_already(anna: Customer, settings: Any) -> None:
    recorded([page(NOON, "Winter sun", Seen("cookie", "of somebody else"))])
    says(agrees=True)
    settings.ASK_FIRST = True
    call_command("reconsider_browsing")
    flags = dict(Identifier.objects.values_list("value", "is_withheld"))
    assert flags["of somebody else"]
    assert not flags[ANNAS_COOKIE.value]
    settings.ASK_FIRST = False
    call_command("reconsider_browsing")
    assert not Identifier.objects.filter(is_withheld=True).exists()
