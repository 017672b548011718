"""The demonstration data before it is sent: pure, and the same for the same seed."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crm.identity.kinds import Kind
from crm.identity.normalise import normalise
from integrations.adapter import Request, SourceFacts
from integrations.demo.casting import compose, units
from integrations.demo.letters import CALLS, HALF_A_YEAR, MAIL, SOCIAL, WEB, Letter
from integrations.demo.loading import ADAPTERS
from integrations.demo.people import MOST, landline, mobile, new_mobile
from integrations.demo.posting import Address, Post, posts
from integrations.sources import SOURCES

END = datetime(2026, 11, 21, tzinfo=UTC)
BOOKED = "Order Completed"
ADDRESSES = {name: Address(f"/in/{name}/", f"http://localhost/in/{name}/", "wk_1", "s3cret") for name in ADAPTERS}


def requests(customers: int = 40, seed: int = 7, end: datetime = END) -> list[Post]:
    return list(posts(compose(customers, seed, end), ADDRESSES, seed))


def keys(sent: list[Post]) -> Iterator[tuple[str, str]]:
    """What deduplicates each event, as the adapters read it; this also proves every signature."""
    names = {address.path: name for name, address in ADDRESSES.items()}
    for post in sent:
        name = names.get(post.path, WEB)
        adapter = SOURCES[ADAPTERS[name]]
        source = SourceFacts(name, name, adapter.name, "northstar", "GB", "wk_1", "s3cret")
        request = Request("POST", f"http://localhost{post.path}", post.path, "", post.headers, post.body)
        adapter.verify(request, source)
        yield from ((name, event.key) for event in adapter.split(request, source))


def test_the_same_seed_makes_the_same_requests_byte_for_byte() -> None:
    assert requests() == requests()


def test_another_seed_makes_others() -> None:
    assert {post.body for post in requests(seed=8)}.isdisjoint(post.body for post in requests() if post.events > 1)


def test_the_next_day_the_ids_are_the_same_and_the_times_a_day_later() -> None:
    tomorrow = END + timedelta(days=1)
    assert set(keys(requests(end=tomorrow))) == set(keys(requests()))
    for today, later in zip(compose(40, 7, END), compose(40, 7, tomorrow), strict=True):
        # A call takes as long as its words, and a holiday of the next day may need one more to be told.
        assert abs(later.at - today.at - timedelta(days=1)) <= timedelta(seconds=3)


@pytest.mark.parametrize(
    "is_meant",
    [lambda one: one.source == WEB, lambda one: one.content.get("event") == BOOKED],
    ids=["visits", "bookings"],
)
def test_the_last_days_are_as_busy_as_the_weeks_before_them(is_meant: Callable[[Letter], bool]) -> None:
    days = Counter((END - one.at).days for one in compose(1000, 7, END) if is_meant(one))
    last, before = sum(days[back] for back in range(5)) / 5, sum(days[back] for back in range(5, 35)) / 30
    assert 0.6 < last / before < 1.5


def test_some_requests_come_twice() -> None:
    found = list(keys(requests(200)))
    assert 0.005 < 1 - len(set(found)) / len(found) < 0.05


def test_more_customers_begin_with_the_same_ones() -> None:
    few, many = list(units(60, 7)), list(units(300, 7))
    assert [unit.people for unit in few[:15]] == [unit.people for unit in many[:15]]
    assert sum(unit.role.size for unit in many) == 300


def test_everything_happens_in_the_half_year_before_the_end() -> None:
    for letter in compose(300, 7, END):
        assert END - timedelta(days=HALF_A_YEAR + 20) < letter.at < END


def test_every_channel_has_its_share() -> None:
    letters = compose(300, 7, END)
    counts = {name: sum(letter.source == name for letter in letters) for name in ADAPTERS}
    assert counts[WEB] > counts[CALLS] > counts[MAIL] > counts[SOCIAL] > 100


def test_every_number_and_address_is_nobody_elses_and_is_taken_as_an_identifier() -> None:
    people = [person for unit in units(2000, 7) for person in unit.people]
    numbers = [mobile(n) for n in range(1000)] + [landline(n) for n in range(2 * MOST)]
    assert len(set(numbers)) == len(numbers)
    assert len({person.email for person in people}) == len({person.phone for person in people}) == len(people)
    for person in people:
        assert normalise(Kind.PHONE, person.phone, "", "GB") == (Kind.PHONE, "", person.phone)
        assert normalise(Kind.EMAIL, person.email, "", "GB") == (Kind.EMAIL, "", person.email)


def test_nobody_changes_to_a_number_that_somebody_has() -> None:
    new = {new_mobile(n) for n in range(60)}
    assert len(new) == 60
    assert new.isdisjoint(person.phone for unit in units(2000, 7) for person in unit.people)


@pytest.mark.parametrize("customers", [1, 2, 3, 17])
def test_a_handful_of_customers_is_enough(customers: int) -> None:
    assert sum(unit.role.size for unit in units(customers, 7)) == customers
    assert compose(customers, 7, END)


def test_no_slot_of_a_sentence_is_left_open() -> None:
    for letter in compose(300, 7, END):
        told = [value for name, value in letter.content.items() if name in ("TranscriptionText", "TextBody", "Subject")]
        assert not any("{" in text or "}" in text for text in told)


def test_some_callers_leave_a_message() -> None:
    recordings = {letter.content.get("RecordingSource") for letter in compose(300, 7, END)}
    assert {"DialVerb", "RecordVerb"} <= recordings
