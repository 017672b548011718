"""Merging and unmerging, and many at once."""

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction

from crm.errors import MergeRefused
from crm.identity import regrouping
from crm.identity.kinds import Key
from crm.identity.merging import keep_apart, merge, rule_shared, withdraw
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.identity.regrouping import regroup
from crm.identity.resolving import Sighting, enrol, lock, lock_number, observe
from crm.reading import Reading
from crm.sources.models import Source
from crm.sql import cursor


def source() -> Source:
    return Source.objects.get_or_create(name="shop", defaults={"adapter": "segment", "namespace": "shop"})[0]


@transaction.atomic
def see(*sightings: tuple[Key, ...]) -> None:
    """Resolve identifiers that were seen together."""
    lock(lock_number(*key) for keys in sightings for key in keys)
    known = enrol({key for keys in sightings for key in keys})
    pk = source().pk
    regroup(observe((Sighting(keys, pk, False, "k") for keys in sightings if len(keys) > 1), known), "observed")


def email(name: str) -> Key:
    return Key("email", "", f"{name}@example.org")


def cookie(name: str) -> Key:
    return Key("cookie", "shop", name)


def customer_of(key: Key) -> Customer:
    return Identifier.objects.get(value=key.value).customer


def partition() -> set[frozenset[str]]:
    groups: dict[int, set[str]] = {}
    for identifier in Identifier.objects.all():
        groups.setdefault(identifier.customer_id, set()).add(identifier.value)
    return {frozenset(group) for group in groups.values()}


@pytest.mark.django_db
def test_a_merge_is_undone_exactly_in_any_order() -> None:
    names = "abcdef"
    see(*((email(name), cookie(name)) for name in names))
    before = {name: customer_of(email(name)).pk for name in names}
    for seed in range(10):
        order = random.Random(seed)
        pairs = [tuple(order.sample(names, 2)) for _ in range(6)]
        links = []
        for a, b in pairs:
            if customer_of(email(a)) != customer_of(email(b)):
                links.append(merge(customer_of(email(a)), customer_of(email(b)), None))
        order.shuffle(links)
        for link in links:
            withdraw([link], None)
        assert {name: customer_of(email(name)).pk for name in names} == before


@pytest.mark.django_db
def test_events_that_came_after_a_merge_follow_their_identifiers() -> None:
    see((email("a"), cookie("a")), (email("b"), cookie("b")))
    link = merge(customer_of(email("a")), customer_of(email("b")), None)
    see((email("b"), cookie("b2")))
    withdraw([link], None)
    assert customer_of(cookie("b2")) == customer_of(email("b")) != customer_of(email("a"))


@pytest.mark.django_db
def test_what_staff_keep_apart_nothing_joins_again() -> None:
    see((email("a"), cookie("c")), (email("b"), cookie("d")))
    first, second = Identifier.objects.filter(kind="email").order_by("pk")
    keep_apart(first, second, None)
    see((email("a"), cookie("d")))
    assert customer_of(email("a")) != customer_of(email("b"))
    with pytest.raises(MergeRefused):
        merge(customer_of(email("a")), customer_of(email("a")), None)


@pytest.mark.django_db
def test_staff_may_call_an_inbox_shared_and_take_it_back() -> None:
    see((email("us"), cookie("c")), (email("us"), cookie("d")))
    inbox = Identifier.objects.get(kind="email")
    rule_shared(inbox, True, None)
    assert len(partition()) == 3
    rule_shared(inbox, None, None)
    assert len(partition()) == 1


@pytest.mark.django_db
def test_the_identity_log_replays_to_who_belongs_to_whom() -> None:
    see(*((email(name), cookie(name)) for name in "abcd"))
    link = merge(customer_of(email("a")), customer_of(email("b")), None)
    see((email("c"), cookie("d")))
    withdraw([link], None)
    owners = dict(Identifier.objects.values_list("pk", "origin_id"))
    for event in IdentityEvent.objects.order_by("pk"):
        for identifier, before, after in event.moved:
            assert owners[identifier] == before
            owners[identifier] = after
    assert owners == dict(Identifier.objects.values_list("pk", "customer_id"))


def at_once(acts: list[Callable[[], None]]) -> list[BaseException]:
    """Run acts in threads of their own; returns what they raised."""
    errors: list[BaseException] = []

    def run(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_workers_on_overlapping_customers_end_in_what_one_would_have_made() -> None:
    source()
    rng = random.Random(3)
    seen = [tuple(sorted({email(rng.choice("abcdefgh")), cookie(rng.choice("123456789"))})) for _ in range(120)]
    see(*seen)
    expected = partition()
    shared = set(Identifier.objects.exclude(shared="").values_list("value", flat=True))
    with cursor() as sql:
        sql.execute("TRUNCATE crm_identityevent, crm_link, crm_identifier, crm_customer CASCADE")
    chunks = [seen[start::6] for start in range(6)]
    errors = at_once([lambda chunk=chunk: [see(sighting) for sighting in chunk] and None for chunk in chunks])  # type: ignore[misc]
    assert errors == []
    assert partition() == expected
    assert set(Identifier.objects.exclude(shared="").values_list("value", flat=True)) == shared


@pytest.mark.django_db(transaction=True)
def test_two_new_identifiers_at_once_find_each_other() -> None:
    source()
    for round_ in range(10):
        pair = (email(f"x{round_}"), cookie(f"x{round_}"))
        assert at_once([lambda: see(pair), lambda: see(tuple(reversed(pair)))]) == []  # noqa: B023
    assert len(partition()) == 10
    assert Link.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_eight_people_merging_at_once_lose_no_merge() -> None:
    source()
    names = [f"n{number}" for number in range(24)]
    see(*((email(name), cookie(name)) for name in names))
    first = Identifier.objects.get(value=email("n0").value)

    def join(part: list[str]) -> Callable[[], None]:
        def act() -> None:
            for name in part:
                merge(first.origin, Identifier.objects.get(value=email(name).value).origin, None)

        return act

    assert at_once([join(names[1:][start::8]) for start in range(8)]) == []
    assert len(partition()) == 1


@pytest.mark.django_db
def test_many_small_regions_at_once_are_no_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.identity.regrouping.REGION_CAP", 20)
    pairs = [(email(f"one{number}"), cookie(f"browser-{number}")) for number in range(30)]
    see(*pairs)
    assert not Link.objects.exclude(held="").exists()
    assert partition() == {frozenset(key.value for key in pair) for pair in pairs}


@pytest.mark.django_db
def test_many_small_regions_around_one_switchboard_are_no_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    switchboard = Key("phone", "", "+441632960000")
    see(*((email(f"first{number}"), switchboard) for number in range(15)))
    monkeypatch.setattr("crm.identity.regrouping.REGION_CAP", 20)
    pairs = [(email(f"one{number}"), cookie(f"browser-{number}"), switchboard) for number in range(30)]
    see(*pairs)
    assert Link.objects.filter(held="region").count() == 0
    assert all({key.value for key in pair[:2]} in map(set, partition()) for pair in pairs)


@pytest.mark.django_db
def test_a_customer_is_read_in_one_step_however_long_the_chain_of_its_links(monkeypatch: pytest.MonkeyPatch) -> None:
    see(*((email(f"n{number}"), cookie(f"b{number}"), email(f"n{number + 1}")) for number in range(5)))
    steps: list[int] = []
    reading_step = regrouping.reading_step

    def counted(region: regrouping.Region, *told: Any) -> Reading[dict[int, regrouping.Neighbours]]:
        steps.append(1)
        return reading_step(region, *told)

    monkeypatch.setattr(regrouping, "reading_step", counted)
    see((email("n0"), cookie("new")))
    assert len(partition()) == 1
    assert len(steps) == 1
