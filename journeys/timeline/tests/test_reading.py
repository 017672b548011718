"""Reading a customer's stream: pages that lose nothing, filters that find all, visits and joins in their place."""

import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from crm.identity.models import Customer
from journeys.interactions.drafts import Channel, Draft, Seen
from journeys.interactions.models import Interaction, Session
from journeys.tests.factories import (
    ANNAS_COOKIE,
    ANNAS_EMAIL,
    ANNAS_LOGIN,
    ANNAS_PHONE,
    NOON,
    annas_journey,
    call,
    customer_of,
    mail,
    message,
    page,
    recorded,
    source,
)
from journeys.timeline import reading
from journeys.timeline.entries import Entry, Happened, Joined, Visit
from journeys.timeline.lanes import Filters
from journeys.timeline.positions import Position, start_of
from journeys.timeline.reading import NO_FILTERS, read_newer, read_page

pytestmark = pytest.mark.django_db
TABLET = Seen("cookie", "c-anna-tablet")


def random_stream(seed: int, size: int = 120) -> Customer:
    """One customer with everything mixed: two browsers, sign-ins half-way, equal times."""
    pick = random.Random(seed)
    drafts: list[Draft] = [page(NOON, "Start", browser, ANNAS_LOGIN, ANNAS_EMAIL) for browser in (ANNAS_COOKIE, TABLET)]
    drafts.append(call(NOON, ANNAS_PHONE, ANNAS_EMAIL))
    for _ in range(size):
        at = NOON + timedelta(minutes=pick.choice((0, 7, 25, 29, 30, 31)) + 60 * pick.randrange(40))
        browser = pick.choice((ANNAS_COOKIE, TABLET))
        drafts.append(
            pick.choice(
                (
                    page(at, "Signed in", browser, ANNAS_LOGIN),
                    page(at, "Anonymous", browser),
                    call(at),
                    mail(at, "A question about Bahamas", "Hello"),
                    message(at, "Hi", Seen("handle", "h1"), ANNAS_EMAIL),
                )
            )
        )
    recorded(drafts)
    return customer_of("login", "4711")


def all_pages(customer: Customer, limit: int, filters: Filters = NO_FILTERS, *, flat: bool = False) -> list[Entry]:
    """Every page of a stream, one after the other."""
    entries: list[Entry] = []
    before: Position | None = None
    while True:
        found = read_page(customer.pk, filters, before, limit, flat=flat)
        entries += found.entries
        if found.next is None:
            return entries
        assert before is None or found.next < before
        before = found.next


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("flat", [False, True])
def test_the_pages_put_together_are_the_whole_stream(seed: int, flat: bool) -> None:
    customer = random_stream(seed)
    whole = read_page(customer.pk, limit=1000, flat=flat)
    assert whole.next is None
    for limit in (1, 3, 7, 50):
        assert all_pages(customer, limit, flat=flat) == whole.entries


def test_the_flat_stream_holds_every_interaction_once_newest_first() -> None:
    customer = random_stream(1)
    entries = read_page(customer.pk, limit=1000, flat=True).entries
    ids = [entry.interaction.pk for entry in entries if isinstance(entry, Happened)]
    assert Counter(ids) == Counter(Interaction.objects.values_list("pk", flat=True))
    assert all(newer.position > older.position for newer, older in pairwise(entries))


def test_every_web_interaction_is_in_exactly_one_visit() -> None:
    customer = random_stream(2)
    visits = [entry for entry in all_pages(customer, 3) if isinstance(entry, Visit)]
    sessions = [session.pk for visit in visits for session in visit.sessions]
    assert Counter(sessions) == Counter(Session.objects.values_list("pk", flat=True))
    assert sum(visit.hits for visit in visits) == Interaction.objects.filter(channel="web").count()


def test_a_visit_in_which_somebody_signs_in_is_one_visit() -> None:
    customer = annas_journey()
    visit = next(entry for entry in read_page(customer.pk).entries if isinstance(entry, Visit))
    assert len(visit.sessions) > 1
    assert visit.duration == timedelta(minutes=11)
    assert visit.landing["title"] == "Bahamas holidays"
    assert visit.exit["title"].startswith("Quote")
    assert visit.landing["device"] == "iPhone"


def test_what_a_server_sends_without_a_browser_is_in_the_stream_too() -> None:
    recorded([page(NOON, "Paid by invoice", ANNAS_LOGIN)])
    [visit] = read_page(customer_of("login", "4711").pk).entries
    assert isinstance(visit, Visit)
    assert visit.landing["title"] == "Paid by invoice"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limit", [1, 4, 20])
def test_reading_on_to_newer_entries_is_reading_back_the_other_way(seed: int, limit: int) -> None:
    customer = random_stream(seed)
    whole = read_page(customer.pk, limit=1000).entries
    start, found = whole[-1].position, [whole[-1]]
    while True:
        newer = read_newer(customer.pk, NO_FILTERS, start, limit)
        found = newer.entries + found
        if newer.next is None:
            break
        start = newer.next
    assert found == whole


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        (Filters(channels=frozenset({"call"})), lambda i: i.channel == "call"),
        (Filters(channels=frozenset({"call", "email"})), lambda i: i.channel in ("call", "email")),
        (Filters(direction="out"), lambda i: i.direction == "out"),
        (Filters(text="BAHAMAS"), lambda i: "bahamas" in (i.title + i.body + i.data.get("url", "")).lower()),
        (Filters(text="100%_\\"), lambda i: False),
        (Filters(channels=frozenset({"email"}), direction="in", text="question"), lambda i: i.channel == "email"),
    ],
)
def test_a_filter_finds_what_fits_and_nothing_else(filters: Filters, fits: object) -> None:
    customer = random_stream(3)
    assert callable(fits)
    wanted = {one.pk for one in Interaction.objects.all() if fits(one)}
    found = all_pages(customer, 5, filters, flat=True)
    assert {entry.interaction.pk for entry in found if isinstance(entry, Happened)} == wanted
    assert len(found) == len(wanted)


def test_a_filter_by_source_finds_its_interactions_and_visits() -> None:
    customer = annas_journey()
    by_source = {
        name: [entry.kind for entry in read_page(customer.pk, Filters(source_id=source(name).pk)).entries]
        for name in ("website", "phone line", "Instagram")
    }
    assert by_source["phone line"] == ["call", "call"]
    assert by_source["Instagram"] == ["social"]
    assert set(by_source["website"]) == {"visit"}


def test_a_text_is_found_in_where_a_visit_began_and_ended() -> None:
    customer = annas_journey()
    for text in ("winter sun", "QUOTE, 2", "example.com/quote"):
        entries = read_page(customer.pk, Filters(text=text)).entries
        assert [entry.kind for entry in entries] == ["visit"], text


def test_a_filtered_page_looks_at_a_bounded_number_of_rows_and_says_where_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "SCANNED", 20)
    monkeypatch.setattr(reading, "FIRST_STEP", 5)
    recorded([mail(NOON + timedelta(minutes=n), "The needle" if n == 0 else "Hay", "") for n in range(60)])
    customer = customer_of("email", ANNAS_EMAIL.value)
    first = read_page(customer.pk, Filters(text="needle"))
    assert first.entries == []
    assert first.next is not None
    assert first.next.at == NOON + timedelta(minutes=40)
    [found] = all_pages(customer, 40, Filters(text="needle"))
    assert found.position.at == NOON


def test_entries_begin_at_a_day_that_is_jumped_to() -> None:
    customer = annas_journey()
    entries = read_page(customer.pk, before=start_of(NOON - timedelta(days=10))).entries
    assert entries
    assert all(entry.position.at < NOON - timedelta(days=10) for entry in entries)


def test_the_moments_of_joining_stand_where_they_happened() -> None:
    customer = annas_journey()
    joined = [entry for entry in read_page(customer.pk).entries if isinstance(entry, Joined)]
    assert [entry.at for entry in joined] == [NOON + timedelta(minutes=5), NOON - timedelta(days=2, hours=5)]
    assert {key.kind for key in joined[0].keys} == {"login", "email", "phone", "cookie"}


def test_joins_are_left_out_of_a_filtered_stream() -> None:
    customer = annas_journey()
    entries = read_page(customer.pk, Filters(channels=frozenset({"web"}))).entries
    assert {entry.kind for entry in entries} == {"visit"}


def test_a_merged_customer_shows_both_journeys() -> None:
    recorded([call(NOON), mail(NOON + timedelta(hours=1), "Hello", "")])
    assert len(read_page(customer_of("phone", "+447700900142").pk).entries) == 1
    recorded(
        [page(NOON + timedelta(hours=2), "Form", ANNAS_COOKIE, ANNAS_LOGIN, ANNAS_EMAIL, ANNAS_PHONE)],
        source("crm", is_trusted=True),
    )
    entries = read_page(customer_of("login", "4711").pk).entries
    assert [entry.kind for entry in entries if entry.kind != "joined"] == ["visit", "email", "call"]


def test_channels_are_the_ones_that_the_stream_knows() -> None:
    at: datetime = NOON
    recorded([Draft(f"k-{channel}", channel, "thing", at, (ANNAS_EMAIL,)) for channel in Channel])
    assert len(read_page(customer_of("email", ANNAS_EMAIL.value).pk).entries) == len(Channel)
