"""What happened is packed as it is recorded, in any bites; whose it is, and whether it counts, is as of now."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm.identity.merging import merge, withdraw
from crm.identity.models import Customer, Identifier
from crm.privacy.erasing import carrying
from crm.privacy.erasing.models import Erasure
from crm.privacy.restricting.acts import restrict
from crm.sources.models import Brand, Source
from journeys.interactions import claiming
from journeys.interactions.drafts import ConsentGiven, Draft, Seen
from journeys.interactions.models import Interaction
from journeys.paths.hits import Hits
from journeys.paths.keeping import begin_anew, pack
from journeys.paths.models import HitNote, OwnerBlock, PackedHits, Step
from journeys.paths.packing import columns_of, joined, packed, unpacked, without
from journeys.paths.reading import hits_between
from journeys.paths.stepping import Named, Told, step_of
from journeys.tests.factories import (
    ANNAS_COOKIE,
    ANNAS_LOGIN,
    ANNAS_PHONE,
    LANDLINE,
    NOON,
    annas_journey,
    call,
    identify,
    page,
    recorded,
    source,
    user,
)

DAY = timedelta(days=1)
TOMS_COOKIE, TOMS_PHONE = Seen("cookie", "c-tom"), Seen("phone", "07700 900777")
db = pytest.mark.django_db


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def event(when: datetime, name: str, *seen: Seen, key: str = "") -> Draft:
    made = page(when, name, *seen, key=key)
    made.kind, made.data = "track", {"event": name, "url": "https://www.example.com/quote"}
    return made


def kept(limit: int = 20_000) -> None:
    while pack(5, limit):
        pass


def hits(brands: Any = None, customers: Any = None) -> Hits:
    return hits_between(brands, NOON - 400 * DAY, NOON + 40 * DAY, customers)


def told(brands: Any = None) -> list[list[str]]:
    """The steps of every customer, in words, whoever they are."""
    found, names = hits(brands), dict(Step.objects.values_list("pk", "name"))
    journeys: dict[int, list[str]] = {}
    for customer, step in zip(found.customer.tolist(), found.step.tolist(), strict=True):
        journeys.setdefault(customer, []).append(names[step])
    return sorted(journeys.values())


@db
def test_a_journey_is_read_in_its_order_across_channels() -> None:
    annas_journey()
    kept()
    found = hits()
    when = list(Interaction.objects.in_bulk(found.interaction.tolist()).values())
    assert sorted(one.occurred_at for one in when)[0].timestamp() // 1 == found.at.min()
    assert len({*Step.objects.values_list("channel", flat=True)}) == 4
    for customer in set(found.customer.tolist()):
        mine = found.at[found.customer == customer]
        assert (mine[1:] >= mine[:-1]).all()


@db
def test_a_visit_begins_after_half_an_hour_and_whatever_is_no_browsing_is_one_by_itself() -> None:
    recorded([page(at(minutes), f"Page {minutes}") for minutes in (0, 30, 61)])
    recorded([identify(at(1), ANNAS_COOKIE, ANNAS_PHONE, ANNAS_LOGIN), call(at(31)), call(at(32))])
    kept()
    assert hits().is_first.tolist() == [True, False, True, True, True]


@db
def test_what_comes_late_goes_to_its_day_and_the_same_again_changes_nothing() -> None:
    recorded([page(at(10), "Later"), page(at(3 * 1440), "Days later")])
    kept()
    others = list(PackedHits.objects.filter(day__gt=NOON.date()).values())
    recorded([page(at(0), "Earlier")])
    kept()
    kept()
    assert told() == [["/earlier", "/later", "/days-later"]]
    assert list(PackedHits.objects.filter(day__gt=NOON.date()).values()) == others


@db
@pytest.mark.parametrize("limit", [1, 2, 7])
def test_in_any_bites_it_ends_the_same(limit: int) -> None:
    annas_journey()
    kept()
    at_once, names = told(), set(Step.objects.values_list("channel", "kind", "name"))
    begin_anew()
    assert told() == []
    kept(limit)
    assert told() == at_once
    assert set(Step.objects.values_list("channel", "kind", "name")) == names


@db
def test_a_merge_counts_for_one_at_once_and_taken_back_for_two_and_no_day_is_written() -> None:
    recorded([page(at(0), "One"), page(at(1), "Two", TOMS_COOKIE)])
    kept()
    apart, bytes_before = told(), list(PackedHits.objects.values())
    actor = user("admin")
    one, two = Customer.objects.order_by("pk")[:2]
    link = merge(one, two, actor)
    assert told() == [["/one", "/two"]]
    kept()
    assert told() == [["/one", "/two"]]
    withdraw([link], actor)
    assert told() == apart
    kept()
    assert told() == apart
    assert list(PackedHits.objects.values()) == bytes_before


@db
def test_browsing_that_is_withheld_is_not_counted_from_now_on_and_a_call_still_is() -> None:
    recorded([identify(at(0), ANNAS_COOKIE, ANNAS_PHONE, ANNAS_LOGIN), page(at(1), "Quote"), call(at(2))])
    kept()
    assert told() == [["/quote", "Call answered"]]
    refused = page(at(3), "No")
    refused.consents = (ConsentGiven("analytics", is_given=False),)
    recorded([refused])
    assert told() == [["Call answered"]]
    kept()
    assert told() == [["Call answered"]]


@db
def test_who_is_restricted_is_not_counted() -> None:
    recorded([page(at(0), "One"), page(at(1), "Two", TOMS_COOKIE)])
    kept()
    anna = Identifier.objects.get(value=ANNAS_COOKIE.value)
    restrict(anna.customer, "asked us to", user("dpo"))
    assert told() == [["/two"]]


@db
def test_who_is_erased_is_not_counted_from_now_on_and_leaves_the_bytes_and_the_steps() -> None:
    recorded([page(at(0), "Only Annas"), page(at(1), "Two", TOMS_COOKIE)])
    kept()
    anna = Identifier.objects.get(value=ANNAS_COOKIE.value)
    clerk, other = user("dpo"), user("dpo")
    Erasure.objects.create(customer_id=anna.customer_id, asked_by=clerk, checked_by=other, checked_at=timezone.now(),
                           state=Erasure.State.STARTING, reason="They wrote.")  # fmt: skip
    carrying.finish_all()
    assert told() == [["/two"]]
    kept()
    assert told() == [["/two"]]
    [piece] = PackedHits.objects.all()
    assert anna.pk not in unpacked(piece.identifiers, piece.hits)
    assert not Step.objects.filter(name__contains="annas").exists()
    assert not HitNote.objects.exists()


@db
def test_a_call_is_what_it_was_in_the_end() -> None:
    ringing, ended = call(at(0), key="CA1", status="ringing"), call(at(1), key="CA1", status="completed")
    ringing.part, ended.part = "ringing", "completed"
    recorded([ringing], source("calls", "twilio"))
    kept()
    assert told() == [["Call ringing"]]
    recorded([ended], source("calls", "twilio"))
    kept()
    assert told() == [["Call answered"]]


@db
def test_a_claim_moves_a_call_to_the_customer_and_taken_back_it_returns() -> None:
    recorded([page(at(0), "Quote"), call(at(1), LANDLINE, key="CA2")])
    kept()
    assert told() == [["/quote"], ["Call answered"]]
    agent = user()
    anna = Identifier.objects.get(value=ANNAS_COOKIE.value)
    claimed = claiming.claim(Interaction.objects.get(key="CA2").source, "CA2", anna, agent)
    kept()
    assert told() == [["/quote", "Call answered"]]
    claiming.take_back(claimed, agent)
    kept()
    assert told() == [["/quote"], ["Call answered"]]


@db
def test_a_brands_people_are_given_what_is_theirs_and_what_is_of_no_brand() -> None:
    walled = Source(name="lagoon shop", adapter="segment")
    walled.settle("", Brand.objects.create(name="Lagoon", word="lagoon"))
    walled.save()
    recorded([page(at(0), "Theirs", Seen("cookie", "c-lagoon"))], walled)
    recorded([page(at(0), "Anybodys")])
    kept()
    assert told(frozenset({"lagoon"})) == [["/anybodys"], ["/theirs"]]
    assert told(frozenset()) == [["/anybodys"]]
    assert told() == [["/anybodys"], ["/theirs"]]


@db
def test_of_some_customers_only_theirs_is_read() -> None:
    recorded([page(at(0), "One"), page(at(1), "Two", TOMS_COOKIE)])
    kept()
    anna = Identifier.objects.get(value=ANNAS_COOKIE.value)
    assert set(hits(customers=[anna.customer_id]).customer.tolist()) == {anna.customer_id}
    assert not len(hits(customers=[]).customer)


@db
def test_a_period_has_its_first_moment_and_not_its_last() -> None:
    recorded([page(at(minutes), f"Page {minutes}") for minutes in (0, 10, 20)])
    kept()
    assert len(hits_between(None, at(0), at(20)).at) == 2
    assert not len(hits_between(None, at(30), at(10)).at)


@db
def test_whose_identifiers_are_is_in_blocks_and_what_changed_since_over_them() -> None:
    recorded([page(at(0), "One")])
    kept()
    OwnerBlock.objects.all().delete()
    recorded([page(at(1), "Two", TOMS_COOKIE)])
    kept()
    assert told() == [["/two"]]  # whoever is in no block is nobody: the blocks are what is read


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://www.example.com/quote?email=anna@example.com", "/quote"),
        ("/orders/1048577/", "/orders/:id"),
        ("/account/anna.whitfield%40example.com/trips", "/account/:id/trips"),
        ("/t/3f2c9a1e-7b54-4f0e-9d6a-0c1b2d3e4f50", "/t/:id"),
        ("/blog/2026/room-12", "/blog/2026/room-12"),
        ("", "/"),
        ("http://[broken", "/"),
    ],
)
def test_a_page_is_its_path_and_nothing_that_is_of_one_person(address: str, path: str) -> None:
    assert step_of(Told("web", "page", "", "", "", address, "")) in (Named("web", "page", path), None)
    assert step_of(Told("web", "page", "", "", "", address or "/", "")) == Named("web", "page", path)


def test_what_a_browser_says_of_whose_it_is_is_no_step() -> None:
    assert step_of(Told("web", "identify", "", "", "", "/quote", "")) is None


numbers = st.integers(0, 2**40)
rows = st.lists(st.tuples(numbers, st.integers(0, 86_399_999), st.integers(0, 70_000), numbers), max_size=30)


@given(rows, rows)
def test_columns_come_back_as_they_were_packed_and_joined_in_any_order_are_the_same(one: Any, other: Any) -> None:
    columns = columns_of(one)
    for column in columns:
        assert unpacked(packed(column), len(column)).tolist() == column.tolist()
    unique = {row[3]: row for row in [*one, *other]}
    mine = [row for row in unique.values() if row[3] % 2]
    rest = [row for row in unique.values() if not row[3] % 2]
    at_once = columns_of(unique.values())
    for made in (joined(columns_of(mine), columns_of(rest)), joined(columns_of(rest), columns_of(mine))):
        assert [column.tolist() for column in made] == [column.tolist() for column in at_once]
    assert without(at_once, [row[3] for row in mine]).interaction.tolist() == columns_of(rest).interaction.tolist()
