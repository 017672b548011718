"""Explore in other orders than by time: by keyset all the same, nothing left out, nothing twice."""

import random
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User

from crm.privacy.tests.signing import signed_in
from crm.sources.models import Source
from journeys.explore.asking import asked_of
from journeys.explore.finding import find
from journeys.explore.orders import SORTS
from journeys.explore.places import parse_place
from journeys.explore.showing import wanted_of
from journeys.explore.tests.factories import BEN_COOKIE, CARA_PHONE, browser, felt, found, shop_days
from journeys.interactions.drafts import Seen
from journeys.interactions.models import Interaction
from journeys.listening.models import Mood
from journeys.tests.factories import NOON, call, page, recorded, source
from journeys.timeline.positions import BadPosition

pytestmark = pytest.mark.django_db
NEWEST = ["mail", "missed", "answered", "unknown", "known", "order", "quote", "landing"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("sort=-value", ["quote", "order"]),
        ("sort=value", ["order", "quote"]),
        ("sort=campaign", ["landing"]),
        ("sort=channel", ["missed", "answered", "mail"]),
        ("sort=-channel", ["unknown", "known", "order", "quote", "landing", "mail"]),
        ("sort=outcome", ["answered", "missed"]),
        ("sort=-outcome", ["missed", "answered"]),
        ("sort=mood", ["mail"]),
    ],
)
def test_what_has_nothing_to_be_sorted_by_comes_last_by_time(query: str, first: list[str]) -> None:
    shop_days()
    assert found(query) == first + [key for key in NEWEST if key not in first]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("sort=-value&value_to=1000", ["order"]),
        ("sort=value&value_from=1&channel=web", ["order", "quote"]),
        ("sort=-value&campaign=Winter sun", ["landing"]),
        ("sort=-value&channel=call", ["missed", "answered"]),
        ("sort=campaign&campaign=Winter sun", ["landing"]),
        ("sort=channel&channel=call", ["missed", "answered"]),
        ("sort=outcome&outcome=missed", ["missed"]),
        ("sort=outcome&outcome=unanswered", ["missed"]),
        ("sort=mood&mood=annoyed", ["mail"]),
        ("sort=mood&mood=content", []),
        ("sort=mood&until=2026-11-01", []),
        ("sort=-value&consent=given:marketing", ["quote", "order", "mail", "answered", "known", "landing"]),
    ],
)
def test_it_goes_with_everything_else_that_is_asked(query: str, keys: list[str]) -> None:
    shop_days()
    assert found(query) == keys


def busy_month() -> list[dict[str, Any]]:
    """Some of everything, with ties: what each is sorted by, and when."""
    chance, rows = random.Random(7), []
    for n in range(60):
        at = NOON + timedelta(minutes=chance.randrange(30))
        data: dict[str, Any] = {}
        if chance.random() < 0.5:
            data["value"] = chance.choice([-5, 0, 0.25, 10, 10, 1e3])
        if chance.random() < 0.5:
            data["campaign"] = {"name": chance.choice(["Autumn", "autumn", "Winter sun", "Été", "", 7])}
        key, who = f"k{n:02}", Seen("cookie", f"c-{chance.randrange(9)}")
        if chance.random() < 0.3:
            outcome = chance.choice(["missed", "answered", "failed", "odd"])
            recorded([call(at, CARA_PHONE, key=key, **(data | {"outcome": outcome}))], phones())
        else:
            recorded([page(at, "Quote", who, key=key, **data)], source("website"))
        if chance.random() < 0.3:
            felt(key, chance.choice([-0.9, -0.5, 0.1, 0.2, 0.9]))
        rows.append({"key": key})
    return rows


def phones() -> Source:
    return source("phone line", "twilio", is_trusted=True)


def through(query: str, limit: int, lead: User) -> tuple[list[int], list[int]]:
    """(numbers of the interactions, of their customers), page by page, each begun at its token."""
    wanted, keys, whose, token = wanted_of(asked_of(query)), list[int](), list[int](), ""
    while True:
        part = find(wanted, lead, parse_place(token) if token else None, limit)
        keys += [one.said.pk for one in part.rows]
        whose += [one.customer_id for one in part.rows]
        if part.next is None:
            return keys, whose
        token = part.next.token


@pytest.mark.parametrize("sort", SORTS)
def test_nothing_is_left_out_and_nothing_comes_twice(monkeypatch: pytest.MonkeyPatch, sort: str) -> None:
    busy_month()
    signed_in("lead")
    lead = User.objects.get(username="lead")
    whole, _ = through(f"sort={sort}", 500, lead)
    assert sorted(whole) == sorted(Interaction.objects.values_list("pk", flat=True))
    assert_ordered(sort, whole)
    for limit, steps, groups in ((7, (200,), 20), (500, (3,), 20), (5, (1, 2), 1), (1, (4,), 2)):
        monkeypatch.setattr("journeys.explore.finding.STEPS", steps)
        monkeypatch.setattr("journeys.explore.finding.GROUPS_AT_ONCE", groups)
        assert through(f"sort={sort}", limit, lead)[0] == whole


def assert_ordered(sort: str, numbers: list[int]) -> None:
    """What stands in an order stands in it: by what it is sorted by, without that last, and by time."""
    order, is_up, _ = SORTS[sort]
    rows = Interaction.objects.in_bulk(numbers)
    moods = dict(Mood.objects.values_list("interaction_id", "value"))
    keys = [key_of(order, rows[one], moods.get(one)) for one in numbers]
    told = [one for one in keys if one is not None]
    assert keys[: len(told)] == told, "what has none comes last"
    if order not in ("campaign", "time"):  # the database knows its collation
        assert all(a <= b if is_up else a >= b for a, b in pairwise(told))
    assert len(told) - len(set(told)) == sum(a == b for a, b in pairwise(told)), "one word stands in one place"
    for a, b in pairwise(numbers):
        if key_of(order, rows[a], moods.get(a)) == key_of(order, rows[b], moods.get(b)):
            is_back = rows[a].occurred_at >= rows[b].occurred_at
            assert is_back or (is_up and order in ("value", "time")) or order == "time"


def key_of(order: str, row: Interaction, mood: float | None) -> Any:
    if order == "value":
        return row.data.get("value")
    if order == "campaign":
        return str((row.data.get("campaign") or {}).get("name") or "") or None
    if order == "outcome":
        outcome = row.data.get("outcome")
        return outcome if outcome in ("missed", "answered", "failed") else None
    if order == "mood":
        return None if mood is None else (0 if mood < -0.15 else 1 if mood <= 0.25 else 2)
    return row.channel if order == "channel" else None


@pytest.mark.parametrize("sort", SORTS)
def test_each_customer_stands_once_by_what_comes_first_of_theirs(monkeypatch: pytest.MonkeyPatch, sort: str) -> None:
    busy_month()
    signed_in("lead")
    lead = User.objects.get(username="lead")
    whole, _ = through(f"sort={sort}", 500, lead)
    owners = dict(Interaction.objects.values_list("pk", "identifier__customer_id"))
    firsts = {owners[one]: one for one in reversed(whole)}
    wanted = [one for one in whole if firsts[owners[one]] == one]
    for limit, steps in ((500, (200,)), (2, (5,)), (1, (1, 1)), (3, (7, 9))):
        monkeypatch.setattr("journeys.explore.finding.STEPS_BY_CUSTOMER", steps)
        numbers, whose = through(f"tab=customers&sort={sort}", limit, lead)
        assert numbers == wanted
        assert len(set(whose)) == len(whose)


def test_where_a_row_stands_tells_a_marketer_no_name() -> None:
    shop_days()
    named = {"name": "you, ben@example.com"}
    recorded([page(NOON, "Letters", BEN_COOKIE, key="mailed", campaign=named)], source("website"))
    assert found("sort=-campaign")[:2] == ["mailed", "landing"]
    assert "mailed" not in found("sort=-campaign", "marketer")
    assert found("sort=-campaign", "marketer")[0] == "landing"
    assert "mailed" in found("", "marketer")
    page_of_one = browser("marketer").get("/explore/?sort=campaign")
    assert "ben@example.com" not in page_of_one.content.decode()


def test_a_place_whose_row_is_gone_leads_back_to_the_beginning() -> None:
    shop_days()
    at = Interaction.objects.get(key="landing")
    token = f"with~1.0.{at.pk}"
    assert browser().get(f"/explore/?{urlencode({'sort': 'campaign', 'before': token})}").context["lines"] != []
    at.delete()
    answer = browser().get(f"/explore/?{urlencode({'sort': 'campaign', 'before': token})}")
    assert answer.context["lines"] == []
    assert "Back to the beginning" in answer.content.decode()


@pytest.mark.parametrize(
    "token", ["=1.2.3~1.0.1", "=~1.0.1", "=-~1.0.1", "WITH~1.0.1", "with~x", "~1.0.1", "=1e9~1.0.1"]
)
def test_a_place_that_no_page_gave_is_none(token: str) -> None:
    with pytest.raises(BadPosition):
        parse_place(token)
    shop_days()
    assert browser().get(f"/explore/?{urlencode({'sort': '-value', 'before': token})}").status_code == 200


def test_places_of_another_order_are_survived() -> None:
    shop_days()
    for sort in SORTS:
        for token in ("with~9.0.1", "rest~9.0.1", "missed~9.0.1", "=5~9.0.1", "9.0.1", "nothing~9.0.1"):
            for tab in ("interactions", "customers"):
                asked = urlencode({"sort": sort, "before": token, "tab": tab})
                assert browser().get(f"/explore/?{asked}").status_code == 200, (sort, token)


def test_heads_of_columns_sort_and_say_so() -> None:
    shop_days()
    said = browser().get("/explore/?sort=-value&channel=web").content.decode()
    assert said.count("aria-sort=") == 1
    assert 'aria-sort="descending"' in said
    assert "?channel=web&amp;sort=value" in said
    assert "?channel=web&amp;sort=campaign" in said
    assert "largest value first" in said
    assert 'aria-sort="ascending"' in browser().get("/explore/?sort=oldest").content.decode()


def test_a_file_and_a_view_keep_the_order() -> None:
    assert asked_of("sort=-value&channel=web").query == "channel=web&sort=-value"
    assert asked_of("sort=odd").query == ""
