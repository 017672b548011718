"""Segments: who is in them follows what happens, and what time alone changes, without looking at everybody again."""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.identity.merging import merge
from crm.identity.models import Customer, Identifier
from crm.privacy.erasing import carrying
from crm.privacy.erasing.models import Erasure
from crm.privacy.models import ApiKey, Consent
from crm.privacy.tests.signing import signed_in
from crm.privacy.withholding import reconsider
from journeys.attribution.following import settled
from journeys.attribution.models import Place
from journeys.interactions.drafts import Channel, Draft, Seen
from journeys.segments import walking
from journeys.segments.changing import READ
from journeys.segments.definitions import Definition, Journey, Then
from journeys.segments.matching import judged
from journeys.segments.models import CustomerSegment, Look, Member, Passage, SegmentChange, SegmentSize
from journeys.segments.steps import Step
from journeys.segments.tests.test_meaning import brute
from journeys.segments.turning import do_piece, keep
from journeys.tests.factories import NOON, call, customer_of, identify, page, recorded, source

pytestmark = pytest.mark.django_db
BEN, CARA = Seen("login", "8801"), Seen("login", "8802")
QUOTE = {
    "name": "Rescue", "match": "all", "first_what": "page", "first_value": "/quote", "first_days": "30",
    "then1_did": "not", "then1_what": "event", "then1_value": "Order Completed", "then1_within": "30",
    "then1_unit": "minute", "then2_did": "did", "then2_what": "call", "then2_within": "7", "then2_unit": "day",
}  # fmt: skip
SEEN_QUOTE = {"name": "Quote", "match": "all", "first_what": "page", "first_value": "/quote", "first_days": "30"}


def order(at: datetime, *seen: Seen) -> Draft:
    return Draft(f"order-{at}", Channel.WEB, "track", at, seen, title="Order Completed", data={"value": 10})


def made(form: dict[str, str], role: str = "lead", number: int = 0) -> CustomerSegment:
    """A segment that somebody made on its page."""
    answer = signed_in(role).post(f"/segments/{number}/change/", {**form, "act": "save"})
    assert answer.status_code == 302, answer.content.decode()
    return CustomerSegment.objects.latest("pk") if not number else CustomerSegment.objects.get(pk=number)


def kept(now: datetime = NOON) -> None:
    """The worker's turn, until there is nothing more to do."""
    ceilings = {table: settled(table) for table in READ}
    while do_piece(ceilings, now):
        pass


def members(segment: CustomerSegment) -> set[str]:
    """The login ids of who is in it."""
    customers = Member.objects.filter(segment=segment).values("customer_id")
    return set(Identifier.objects.filter(customer__in=customers, kind="login").values_list("value", flat=True))


def calls(at: datetime, seen: Seen) -> None:
    recorded([call(at, seen)], source("website"))


def test_saw_the_quote_did_not_buy_and_called() -> None:
    recorded([page(NOON, "Quote", BEN), page(NOON, "Quote", CARA), order(NOON + timedelta(minutes=20), CARA)])
    calls(NOON + timedelta(hours=2), BEN)
    calls(NOON + timedelta(hours=2), CARA)
    segment = made(QUOTE)
    kept(NOON + timedelta(hours=3))
    assert members(segment) == {"8801"}
    segment.refresh_from_db()
    assert segment.walk is None
    assert segment.kept_at == NOON + timedelta(hours=3)


def test_what_did_not_happen_is_so_once_its_time_has_passed_and_nobody_else_is_looked_at() -> None:
    recorded([page(NOON, "Quote", BEN)])
    segment = made(QUOTE | {"then2_what": ""})
    kept(NOON + timedelta(minutes=29))
    assert members(segment) == set()
    assert Look.objects.get().due_at == NOON + timedelta(minutes=30)
    kept(NOON + timedelta(minutes=30))
    assert members(segment) == {"8801"}
    kept(NOON + timedelta(days=30))
    assert members(segment) == set()
    said = Passage.objects.order_by("pk").values_list("has_entered", "at")
    assert list(said) == [(True, NOON + timedelta(minutes=30)), (False, NOON + timedelta(days=30))]
    assert not Look.objects.exists()


def test_what_happens_later_is_followed_from_its_row_alone() -> None:
    recorded([page(NOON, "Quote", BEN), page(NOON, "Offers", CARA)])
    segment = made(QUOTE)
    kept(NOON + timedelta(hours=1))
    assert members(segment) == set()
    calls(NOON + timedelta(minutes=50), BEN)
    kept(NOON + timedelta(hours=1))
    assert members(segment) == {"8801"}
    recorded([order(NOON + timedelta(minutes=5), BEN)])  # late: it was bought after all
    kept(NOON + timedelta(hours=1, minutes=1))
    assert members(segment) == set()
    assert Passage.objects.count() == 2


def test_only_those_of_whom_something_changed_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded([page(NOON, "Quote", BEN), page(NOON, "Quote", CARA)])
    made(SEEN_QUOTE)
    kept()
    looked: list[int] = []

    def noted(definition: Definition, customers: Sequence[int], now: datetime) -> Any:
        looked.extend(customers)
        return judged(definition, customers, now)

    monkeypatch.setattr("journeys.segments.keeping.judged", noted)
    recorded([page(NOON + timedelta(minutes=1), "Offers", BEN)])
    kept(NOON + timedelta(minutes=1))
    assert set(looked) == {customer_of("login", "8801").pk}


def test_a_merge_brings_two_halves_of_a_journey_together() -> None:
    recorded([page(NOON, "Quote", BEN)])
    calls(NOON + timedelta(hours=1), CARA)
    segment = made(QUOTE)
    kept(NOON + timedelta(hours=2))
    assert members(segment) == set()
    merge(customer_of("login", "8801"), customer_of("login", "8802"), User.objects.create(username="clerk"))
    kept(NOON + timedelta(hours=2))
    assert members(segment) == {"8801", "8802"}
    assert Member.objects.count() == 1


def test_traits_consents_and_counts_are_followed() -> None:
    recorded([identify(NOON, BEN, country="GB"), identify(NOON, CARA, country="FR")])
    there = made({"name": "There", "match": "all", "trait1_name": "country", "trait1_test": "is", "trait1_value": "gb"})
    may = made({"name": "May", "match": "all", "consent": "given:marketing"})
    often = made({"name": "Often", "match": "any", "count1_what": "visit", "count1_least": "3", "count1_days": "7"})
    kept()
    assert (members(there), members(may), members(often)) == ({"8801"}, set(), set())
    recorded([identify(NOON + timedelta(minutes=1), CARA, country="GB")])
    ben = Identifier.objects.get(value="8801")
    Consent.objects.create(identifier=ben, purpose="marketing", state="given", occurred_at=NOON)
    recorded([page(NOON + timedelta(minutes=n), "Offers", BEN) for n in (2, 3)])
    kept(NOON + timedelta(minutes=5))
    assert (members(there), members(may), members(often)) == ({"8801", "8802"}, {"8801"}, {"8801"})
    Consent.objects.create(
        identifier=ben, purpose="marketing", state="withdrawn", occurred_at=NOON + timedelta(hours=1)
    )
    kept(NOON + timedelta(hours=1))
    assert members(may) == set()


def test_a_country_is_asked_by_its_code_or_by_its_name() -> None:
    recorded([identify(NOON, BEN, country="United Kingdom"), identify(NOON, CARA, country="Atlantis")])
    asked = {"match": "all", "trait1_name": "country", "trait1_test": "is"}
    named, coded = (made({"name": one, "trait1_value": one, **asked}) for one in ("united kingdom", "GB"))
    known = made({"name": "Known", **asked, "trait1_test": "known"})
    kept()
    assert members(named) == members(coded) == members(known) == {"8801"}


def test_who_refuses_that_their_browsing_is_looked_at_leaves() -> None:
    recorded([page(NOON, "Quote", BEN)])
    segment = made(SEEN_QUOTE)
    kept()
    assert members(segment) == {"8801"}
    ben = Identifier.objects.get(value="8801")
    Consent.objects.create(identifier=ben, purpose="analytics", state="withdrawn", occurred_at=NOON)
    reconsider([ben.customer_id])
    kept(NOON + timedelta(minutes=1))
    assert members(segment) == set()


@pytest.mark.parametrize("form", [SEEN_QUOTE, {"name": "M", "match": "all", "consent": "given:marketing"}])
def test_everybody_is_looked_at_in_pieces_that_another_worker_goes_on_with(
    monkeypatch: pytest.MonkeyPatch, form: dict[str, str]
) -> None:
    monkeypatch.setattr(walking, "PIECE", 2)
    monkeypatch.setattr(walking, "ROWS", 2)
    logins = [Seen("login", f"99{n}") for n in range(5)]
    recorded([page(NOON - timedelta(minutes=n), "Quote", one) for n, one in enumerate(logins)])
    for one in Identifier.objects.filter(kind="login"):
        Consent.objects.create(identifier=one, purpose="marketing", state="given", occurred_at=NOON)
    segment, sizes = made(form), set()
    ceilings = {table: settled(table) for table in READ}
    while do_piece(ceilings, NOON):
        sizes.add(Member.objects.filter(segment=segment).count())
        share = CustomerSegment.objects.get().share
        assert 0 <= share <= 99
    assert len(sizes) > 2
    assert members(segment) == {one.value for one in logins}
    assert sum(one.size for one in SegmentSize.objects.all()) == 5


def test_a_change_is_worked_out_anew_and_undone() -> None:
    recorded([page(NOON, "Quote", BEN), page(NOON, "Offers", CARA)])
    segment = made(SEEN_QUOTE)
    kept()
    made(SEEN_QUOTE | {"first_value": "/offers", "name": "Offers"}, number=segment.pk)
    kept()
    assert members(segment) == {"8802"}
    lead = signed_in("lead")
    lead.post(f"/segments/changes/{SegmentChange.objects.latest('pk').pk}/undo/")
    kept()
    assert members(segment) == {"8801"}
    assert CustomerSegment.objects.get().name == "Quote"
    lead.post(f"/segments/{segment.pk}/remove/")
    assert not Member.objects.exists()
    lead.post(f"/segments/changes/{SegmentChange.objects.latest('pk').pk}/undo/")
    kept()
    assert members(CustomerSegment.objects.get(pk=segment.pk)) == {"8801"}
    old = SegmentChange.objects.earliest("pk").pk
    assert "undo that first" in lead.post(f"/segments/changes/{old}/undo/", follow=True).content.decode()


def test_sizes_day_by_day_are_drawn_listed_and_taken_out() -> None:
    recorded([page(NOON, "Quote", BEN)])
    segment = made(SEEN_QUOTE)
    kept(timezone.now() - timedelta(days=3))
    recorded([page(timezone.now() - timedelta(hours=1), "Quote", CARA)])
    kept(timezone.now())
    lead = signed_in("lead")
    rows = list(csv.DictReader(io.StringIO(lead.get(f"/segments/{segment.pk}/sizes/").content.decode())))
    assert [int(one["customers"]) for one in rows] == [1, 1, 1, 2]
    said = lead.get(f"/segments/{segment.pk}/").content.decode()
    assert "<polyline" in said
    assert "looked at /quote in the last 30 days" in said
    assert "style=" not in said


def test_the_preview_says_how_many_and_that_it_is_a_guess_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    at = timezone.now() - timedelta(hours=1)
    recorded([page(at - timedelta(minutes=n), "Quote", Seen("login", f"99{n}")) for n in range(6)])
    lead = signed_in("lead")
    said = lead.post("/segments/0/change/", SEEN_QUOTE | {"act": "try"}).content.decode()
    assert "6 customers" in said
    assert not CustomerSegment.objects.exists()
    monkeypatch.setattr("journeys.segments.walking.ROWS", 3)
    monkeypatch.setattr("journeys.segments.showing.ROWS", 3)
    monkeypatch.setattr("journeys.segments.showing.PIECES", 1)
    assert "(an estimate)" in lead.post("/segments/0/change/", SEEN_QUOTE | {"act": "try"}).content.decode()


def test_what_is_wrong_in_the_form_is_said() -> None:
    lead = signed_in("lead")
    for form, remedy in (
        ({"name": "X", "match": "all"}, "Ask something"),
        (SEEN_QUOTE | {"first_value": ""}, "Say what after"),
        (SEEN_QUOTE | {"first_days": "5000"}, "whole number from 1 to 366"),
        (QUOTE | {"then1_within": "0"}, "greater than or equal to 1"),
        (SEEN_QUOTE | {"first_value": "/ben@example.com"}, "Leave e-mail addresses"),
    ):
        answer = lead.post("/segments/0/change/", form | {"act": "save"})
        assert answer.status_code == 200
        assert remedy in answer.content.decode(), form
    assert not CustomerSegment.objects.exists()


def test_a_segment_is_changed_as_it_was_filled_in() -> None:
    counted = {"count1_what": "worth", "count1_value": "99.5", "count1_least": "2", "count1_days": "9"}
    who = {"trait1_name": "country", "trait1_test": "known", "consent": "refused:marketing"}
    segment = made(QUOTE | counted | who)
    form = signed_in("lead").get(f"/segments/{segment.pk}/change/").context["form"]
    filled = {name: str(form[name].value() or "") for name in form.fields}
    assert {name: filled[name] for name in QUOTE} == QUOTE
    again = made(filled, number=segment.pk)
    assert again.definition == segment.definition


def test_a_marketer_sees_no_name_and_finds_none_by_asking() -> None:
    seen = (BEN, Seen("email", "ben@example.com"))
    recorded([identify(NOON, *seen, given_name="Ben", surname="Harrow")])
    recorded([page(NOON, "X", BEN, url="https://www.example.com/account/harrow/"), page(NOON, "Quote", BEN)])
    segment = made(SEEN_QUOTE, "marketer")
    named = made(SEEN_QUOTE | {"name": "Named", "first_value": "/account/harrow/"}, "marketer")
    kept()
    assert members(segment) == {"8801"}
    assert members(named) == set()
    for address in (f"/segments/{segment.pk}/", f"/explore/?segment={segment.pk}", "/segments/"):
        said = signed_in("marketer").get(address).content.decode()
        assert "Harrow" not in said
        assert "ben@example.com" not in said
    assert "Customer " in signed_in("marketer").get(f"/segments/{segment.pk}/").content.decode()
    assert "Ben Harrow" in signed_in("lead").get(f"/segments/{segment.pk}/").content.decode()


def test_sizes_and_members_stay_behind_walls() -> None:
    recorded([page(NOON, "Quote", BEN), page(NOON, "Quote", CARA)])
    Customer.objects.filter(pk=customer_of("login", "8801").pk).update(brand="lagoon")
    segment = made(SEEN_QUOTE)
    kept()
    assert signed_in("lead").get("/segments/").context["segments"][0][2] == 1
    assert signed_in("admin").get("/segments/").context["segments"][0][2] == 2
    assert len(signed_in("lead").get(f"/segments/{segment.pk}/").context["members"]) == 1
    assert len(signed_in("lead").get(f"/segments/{segment.pk}/").context["passages"]) == 1


def test_explore_asks_what_a_segment_did() -> None:
    recorded([page(NOON, "Quote", BEN), page(NOON, "Offers", BEN), page(NOON, "Offers", CARA)])
    segment = made(SEEN_QUOTE)
    kept()
    lines = signed_in("lead").get(f"/explore/?segment={segment.pk}").context["lines"]
    assert {row.customer_id for row, _ in lines} == {customer_of("login", "8801").pk}
    assert len(lines) == 2
    assert signed_in("lead").get("/explore/?segment=0").context["lines"] == []


def key_of(role: str) -> Client:
    _, key = ApiKey.issue(f"test of {role}", role)
    return Client(headers={"authorization": f"Bearer {key}"})


def test_programs_read_segments_and_their_members_page_by_page() -> None:
    recorded([page(NOON, "Quote", BEN), page(NOON, "Quote", CARA)])
    segment = made(SEEN_QUOTE)
    kept()
    program = key_of("marketer")
    [told] = program.get("/api/v1/segments/").json()["results"]
    assert (told["name"], told["size"], told["is_complete"]) == ("Quote", 2, True)
    assert told["definition"]["conditions"][0]["first"] == {"what": "page", "value": "/quote"}
    found, address = [], f"/api/v1/segments/{segment.pk}/members/?limit=1"
    while address:
        answer = program.get(address).json()
        found += [one["customer"] for one in answer["results"]]
        address = answer["next"]
    assert set(found) == {str(customer_of("login", value).public_id) for value in ("8801", "8802")}
    assert len(found) == 2
    assert program.get("/api/v1/segments/999/members/").status_code == 404


def test_whoever_is_erased_is_in_no_segment_and_no_size(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    recorded([page(NOON, "Quote", BEN), page(NOON, "Quote", CARA)])
    segment = made(SEEN_QUOTE)
    kept()
    clerk, other = (User.objects.create(username=name) for name in ("clerk", "other"))
    number = customer_of("login", "8801").pk
    Erasure.objects.create(customer_id=number, asked_by=clerk, checked_by=other, checked_at=timezone.now(),
                           state=Erasure.State.STARTING, reason="They wrote.")  # fmt: skip
    carrying.finish_all()
    assert members(segment) == {"8802"}
    for model in (Member, Passage, Look):
        assert not model.objects.filter(customer_id=number).exists()
    assert SegmentSize.objects.latest("on").size == 1


def test_without_segments_nothing_is_followed() -> None:
    recorded([page(NOON, "Quote", BEN)])
    assert keep(5.0) is False
    assert not Place.objects.filter(name__startswith="seg:").exists()
    made(SEEN_QUOTE)
    assert keep(20.0) is False
    assert Place.objects.filter(name__startswith="seg:").count() == len(READ)


@pytest.mark.parametrize("role", ["agent", "privacy", "auditor"])
def test_segments_are_for_those_who_explore(role: str) -> None:
    assert signed_in(role).get("/segments/").status_code == 403
    assert signed_in(role).post("/segments/0/change/", SEEN_QUOTE).status_code == 403


# Random journeys, recorded as they come in, against a reading hour by hour

QUOTE_STEP, CALL_STEP, ORDER_STEP = Step("page", "/quote"), Step("call"), Step("event", "Order Completed")
hour = st.integers(0, 72)
stories = st.lists(st.tuples(st.sampled_from([QUOTE_STEP, CALL_STEP, ORDER_STEP]), hour), max_size=7)
thens = st.builds(
    Then, st.sampled_from([CALL_STEP, ORDER_STEP]), st.booleans(),
    st.sampled_from([1, 5, 30]).map(lambda n: timedelta(hours=n)),
)  # fmt: skip
asked = st.builds(Journey, st.just(QUOTE_STEP), st.integers(1, 3), st.lists(thens, max_size=2).map(tuple))


class Undo(Exception):
    """Ends an example."""


def told_by(step: Step, at: datetime, seen: Seen) -> Draft:
    if step == QUOTE_STEP:
        return page(at, "Quote", seen)
    return call(at, seen) if step == CALL_STEP else order(at, seen)


@settings(max_examples=15)
@given(st.lists(stories, min_size=1, max_size=3), asked, hour)
def test_the_database_finds_who_is_in_it_as_a_reading_hour_by_hour_does(
    told: list[list[tuple[Step, int]]], journey: Journey, now: int
) -> None:
    with suppress(Undo), transaction.atomic():
        found, expected = found_and_expected(told, journey, now)
        assert found == expected
        raise Undo


def found_and_expected(told: list[list[tuple[Step, int]]], journey: Journey, now: int) -> tuple[set[int], set[int]]:
    """Who is in it, of people who did this (what, in which hour)."""
    people = [Seen("login", f"77{n}") for n in range(len(told))]
    recorded(identify(NOON - timedelta(days=9), one) for one in people)
    for one, story in zip(people, told, strict=True):
        recorded(told_by(step, NOON + timedelta(hours=at), one) for step, at in sorted(set(story), key=str))
    numbers = [customer_of("login", one.value).pk for one in people]
    found, _ = judged(Definition((journey,)), numbers, NOON + timedelta(hours=now))
    hours = [{step: {at for of, at in story if of == step} for step, _ in story} for story in told]
    return found, {n for n, each in zip(numbers, hours, strict=True) if brute(journey, each, {}, [], now)}
