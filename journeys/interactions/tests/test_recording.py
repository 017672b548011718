"""Recording, through its one door: what a batch of drafts leaves behind, whatever order it came in."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.privacy.models import Consent
from crm.profile.models import Trait
from crm.search.models import Reference, SearchName
from crm.sources.models import Source
from journeys.interactions.drafts import Channel, ConsentGiven, Draft, Seen
from journeys.interactions.models import Interaction, Part, Session
from journeys.interactions.recording import Arrival, record

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def source(name: str = "shop", **options: Any) -> Source:
    found, _ = Source.objects.get_or_create(name=name, defaults={"adapter": "segment", "namespace": name, **options})
    return found


def page(key: str, minute: float, *seen: Seen, kind: str = "page", **options: Any) -> Draft:
    at = NOON + timedelta(minutes=minute)
    return Draft(key=key, channel=Channel.WEB, kind=kind, occurred_at=at, identifiers=seen, title=key, **options)


COOKIE, LOGIN = Seen("cookie", "c1"), Seen("login", "u1")
EMAIL, PHONE = Seen("email", "Anna@Example.com"), Seen("phone", "07700 900142")


def journey() -> list[Draft]:
    """An anonymous visit, a sign-in, a quote with an address, and a call from the number she left."""
    call: dict[str, Any] = {"channel": Channel.CALL, "kind": "call", "direction": "in"}
    return [
        page("p1", 0, COOKIE),
        page("p2", 3, COOKIE),
        page("p3", 5, COOKIE, LOGIN),
        page("quote", 8, COOKIE, EMAIL, PHONE, kind="identify", traits={"given_name": "Anna", "surname": "Whitfield"}),
        page("p9", 120, COOKIE),
        Draft("CA1", occurred_at=NOON + timedelta(minutes=20), identifiers=(PHONE,), part="ringing",
              data={"status": "ringing", "from": "+447700900142"}, title="Call in", **call),
        Draft("CA1", occurred_at=NOON + timedelta(minutes=26), identifiers=(PHONE,), part="completed",
              data={"status": "completed", "duration": 372}, **call),
        Draft("CA1", occurred_at=NOON + timedelta(minutes=27), part="recording",
              data={"recordings": [{"sid": "RE1"}]}, **call),
    ]  # fmt: skip


def state() -> dict[str, object]:
    """Everything that a history leaves behind, in values and not in row numbers."""
    groups: dict[int, set[str]] = {}
    for identifier in Identifier.objects.all():
        groups.setdefault(identifier.customer_id, set()).add(str(identifier))
    sessions = Session.objects.values_list("started_at", "ended_at", "hits", "pages", "source").order_by(
        "started_at", "hits"
    )
    interactions = Interaction.objects.order_by("key").values_list(
        "key", "identifier__value", "via__value", "kind", "occurred_at", "title", "body", "data"
    )
    return {
        "customers": {frozenset(group) for group in groups.values()},
        "links": set(Link.objects.values_list("a__value", "b__value", "held"))
        | set(Link.objects.values_list("b__value", "a__value", "held")),
        "sessions": [tuple(map(str, row)) for row in sessions],
        "interactions": [tuple(map(str, row)) for row in interactions],
        "traits": set(Trait.objects.values_list("identifier__value", "name", "value", "first_seen_at", "last_seen_at")),
    }


def clear() -> None:
    for model in (Session, Part, Interaction, Trait, Consent, Link, IdentityEvent):
        model.objects.all().delete()
    SearchName.objects.all().delete()
    Reference.objects.all().delete()
    Identifier.objects.all().delete()
    Customer.objects.all().delete()


def test_a_journey_of_four_strangers_becomes_one_customer() -> None:
    record(Arrival(source(), draft) for draft in journey())
    assert Identifier.objects.values("customer").distinct().count() == 1
    assert Interaction.objects.count() == 6


def test_whatever_the_order_and_the_batches_the_end_is_the_same() -> None:
    record(Arrival(source(), draft) for draft in journey())
    expected = state()
    for seed in range(12):
        clear()
        drafts = journey() + journey()[::2]
        rng = random.Random(seed)
        rng.shuffle(drafts)
        cut = rng.randrange(1, len(drafts))
        record(Arrival(source(), draft) for draft in drafts[:cut])
        record(Arrival(source(), draft) for draft in drafts[cut:])
        assert state() == expected, seed


def test_a_redelivery_changes_nothing() -> None:
    record(Arrival(source(), draft) for draft in journey())
    before = state()
    assert record(Arrival(source(), draft) for draft in journey()) == 0
    assert state() == before


def test_a_call_folds_from_its_parts_in_any_order() -> None:
    parts = [draft for draft in journey() if draft.part]
    for order in itertools.permutations(parts):
        clear()
        for draft in order:
            record([Arrival(source(), draft)])
        call = Interaction.objects.get()
        assert call.occurred_at == NOON + timedelta(minutes=20)
        assert call.data["outcome"] == "answered"
        assert call.data["duration"] == 372
        assert call.data["recordings"] == [{"sid": "RE1"}]
        assert call.identifier.value == "+447700900142"


def test_hits_within_half_an_hour_are_one_session() -> None:
    drafts = [page(f"h{minute}", minute, COOKIE) for minute in (0, 20, 45, 76, 130)]
    for order in itertools.permutations(drafts):
        clear()
        for draft in order:
            record([Arrival(source(), draft)])
        assert list(Session.objects.order_by("started_at").values_list("hits", flat=True)) == [3, 1, 1]


def test_a_withheld_number_is_a_customer_of_its_own_and_nothing_is_lost() -> None:
    for number in (1, 2):
        draft = Draft(f"CA{number}", Channel.CALL, "call", NOON, (Seen("phone", "anonymous"),), direction="in")
        record([Arrival(source(), draft)])
    assert Interaction.objects.count() == 2
    assert Identifier.objects.values("customer").distinct().count() == 2


def test_nul_bytes_and_broken_surrogates_are_stored_without_them() -> None:
    nasty = page("n1", 0, Seen("cookie", "c\0\ud800x"), data={"a\0": ["\0b", {"c": "\udfff"}], "n": 2**80}, body="x\0y")
    record([Arrival(source(), nasty)])
    found = Interaction.objects.get()
    assert found.body == "xy"
    assert found.data["n"] == str(2**80)


def test_consents_hang_off_the_identifier_they_were_given_for() -> None:
    given = page("k", 0, EMAIL, COOKIE, consents=(ConsentGiven("marketing", True, "email"),))
    record([Arrival(source(), given)] * 2)
    assert list(Consent.objects.values_list("identifier__value", "state")) == [("anna@example.com", "given")]


def test_merged_customers_keep_the_oldest_named_origin_and_the_log_says_so() -> None:
    record([Arrival(source(), page("a", 0, COOKIE))])
    record([Arrival(source(), page("b", 1, EMAIL))])
    first = Identifier.objects.get(kind="email").origin
    record([Arrival(source(), page("c", 2, COOKIE, EMAIL))])
    assert set(Identifier.objects.values_list("customer", flat=True)) == {first.pk}
    event = IdentityEvent.objects.get()
    assert [move[2] for move in event.moved] == [first.pk]


def test_a_household_landline_is_offered_and_never_joined() -> None:
    line = Seen("phone", "029 2018 0142")
    for key, who, name in (("a", "anna@x.org", "Anna"), ("t", "tom@x.org", "Tom")):
        record(
            [Arrival(source(), page(key, 0, Seen("email", who), line, kind="identify", traits={"given_name": name}))]
        )
    landline = Identifier.objects.get(kind="phone")
    assert landline.shared == "contradiction"
    assert Identifier.objects.values("customer").distinct().count() == 3


def test_a_switchboard_once_full_lets_go_of_those_it_had_joined() -> None:
    board = Seen("phone", "020 7946 0000")
    for number in range(14):
        record([Arrival(source(), page(f"k{number}", number, Seen("email", f"p{number}@x.org"), board))])
    assert Identifier.objects.get(kind="phone").shared == "count"
    assert Identifier.objects.values("customer").distinct().count() == 15
