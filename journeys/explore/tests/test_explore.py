"""Explore: what is asked is what is shown, page by page, veiled for marketers, through indexes."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from crm.identity.models import Customer, Identifier
from crm.privacy.models import ApiKey, Consent
from crm.privacy.tests.signing import signed_in
from crm.privacy.withholding import reconsider
from crm.sources.models import Source
from journeys.explore.asking import asked_of
from journeys.explore.finding import STEPS, find
from journeys.explore.models import SavedView
from journeys.explore.showing import wanted_of
from journeys.explore.tests.factories import BEN_COOKIE, browser, found, shop_days
from journeys.interactions.models import Interaction
from journeys.tests.factories import NOON, customer_of, page, recorded, source

pytestmark = pytest.mark.django_db
ALL = ["mail", "missed", "answered", "unknown", "known", "order", "quote", "landing"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ALL),
        ("sort=oldest", ALL[::-1]),
        ("channel=call", ["missed", "answered"]),
        ("channel=web&path=/quote", ["unknown", "quote"]),
        ("path=/quo*", ["unknown", "quote"]),
        ("path=/quo", []),
        ("landing=/offers/", ["landing"]),
        ("landing=/quote", ["unknown"]),
        ("campaign=Winter sun", ["landing"]),
        ("campaign=Winter", []),
        ("product=Atlantis", ["order"]),
        ("outcome=missed", ["missed"]),
        ("outcome=unanswered", ["missed"]),
        ("mood=annoyed", ["mail"]),
        ("mood=annoyed&channel=email&since=2026-11-01&until=2026-11-05", ["mail"]),
        ("mood=annoyed&channel=call", []),
        ("mood=annoyed&sort=oldest&until=2026-11-01", []),
        ("mood=content", []),
        ("value_from=990.5", ["order", "quote"]),
        ("value_from=991", ["quote"]),
        ("value_to=1000", ["order"]),
        ("value_from=991&value_to=3179", []),
        ("value_from=1&product=Atlantis&sort=oldest", ["order"]),
        ("consent=given:marketing&channel=call", ["answered"]),
        ("consent=refused:marketing", []),
        ("since=2026-11-04", []),
        ("until=2026-11-03", ALL),
        ("until=2026-11-02", []),
        ("channel=email&campaign=Winter sun", []),
    ],
)
def test_what_is_asked_is_what_is_shown(query: str, keys: list[str]) -> None:
    shop_days()
    assert found(query) == keys


def test_a_source_can_be_asked_for() -> None:
    shop_days()
    assert found(f"source={Source.objects.get(name='phone line').pk}") == ["missed", "answered"]
    assert found("source=0") == found("source=x") == []


def test_what_cannot_be_read_is_said_and_not_asked() -> None:
    shop_days()
    answer = browser().get("/explore/?value_from=much&since=yesterday&outcome=odd&before=nowhere&columns=x&sort=y")
    assert answer.status_code == 200
    assert len(answer.context["lines"]) == len(ALL)
    assert b"give a number, such as 250" in answer.content
    assert b"give a day, such as" in answer.content
    assert browser().get("/explore/?q=%00&path=%00&since=9999-12-31&until=0001-01-01").status_code == 200


def test_pages_add_up_to_all_whatever_their_size() -> None:
    shop_days()
    for limit in (1, 3, 7):
        for query in ("", "sort=oldest", "channel=web"):
            wanted, keys, place = wanted_of(asked_of(query)), list[int](), None
            while True:
                part = find(wanted, User.objects.get(username="lead") if keys else lead(), place, limit)
                keys += [one.said.pk for one in part.rows]
                if (place := part.next) is None:
                    break
            everything = Interaction.objects.filter(**{"channel": "web"} if "web" in query else {})
            order = ("occurred_at", "pk") if "oldest" in query else ("-occurred_at", "-pk")
            assert keys == list(everything.order_by(*order).values_list("pk", flat=True))


def lead() -> User:
    signed_in("lead")
    return User.objects.get(username="lead")


def test_a_page_that_finds_nothing_says_how_far_it_looked_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    shop_days()
    monkeypatch.setattr("journeys.explore.finding.STEPS", (2, 2))
    answer = browser().get("/explore/?path=/offers")
    assert answer.context["lines"] == []
    assert "looked at 4" in text_of(answer)
    assert "nothing yet that has all of it; looking on" in text_of(answer)
    assert "on=19" in text_of(answer)
    following = {"hx-request": "true", "hx-target": "more-found"}
    for told, said in (("19", "on=18"), ("999", "on=19"), ("1", "go on"), ("0", "go on"), ("x", "go on")):
        assert said in text_of(browser().get(f"/explore/?path=/offers&on={told}", headers=following))
    assert found("path=/offers") == ["landing"]


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_values_are_tried_in_the_index_stretch_by_stretch(monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    recorded(
        [page(NOON + timedelta(hours=n), "Quote", key=f"{n:02}", value=n % 7) for n in range(40)], source("website")
    )
    monkeypatch.setattr("journeys.explore.lanes.IN_INDEX", 3)
    keys = [f"{n:02}" for n in range(40) if n % 7 >= 5]
    for steps in ((1,), (2, 1), (1, 1, 1), (3,), (14,)):
        monkeypatch.setattr("journeys.explore.finding.STEPS", steps)
        assert found(f"value_from=5&sort={order}") == (keys if order == "oldest" else keys[::-1]), steps


def test_a_value_that_is_no_number_is_recorded_and_is_worth_nothing() -> None:
    odd = ["nine", "x" * 9_000, {"amount": 9}, [9], True, None, 10**18, 1e300]
    recorded([page(NOON, "Quote", key=str(n), value=value) for n, value in enumerate(odd)], source("website"))
    assert found("value_from=-1000") == ["7", "6"]
    for one in Interaction.objects.all():
        assert browser().get(f"/interactions/{one.pk}/").status_code == 200
    assert browser("agent").get(f"/customers/{Customer.objects.get().public_id}/").status_code == 200


def test_a_page_that_took_its_time_begins_no_other_step(monkeypatch: pytest.MonkeyPatch) -> None:
    shop_days()
    monkeypatch.setattr("journeys.explore.finding.STEPS", (2, 2, 2, 2))
    monkeypatch.setattr("journeys.explore.finding.PATIENCE", -1.0)
    assert browser().get("/explore/?path=/offers").context["looked_at"] == 2
    assert found("path=/offers") == ["landing"]


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_every_customer_stands_once_at_their_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    shop_days()
    assert found("tab=customers") == ["mail", "missed", "unknown"]
    assert found("tab=customers&channel=web") == ["known", "unknown"] or found("tab=customers&channel=web") == [
        "unknown", "known"]  # fmt: skip
    monkeypatch.setattr("journeys.explore.finding.STEPS", (2,))
    assert found("tab=customers") == ["mail", "missed", "unknown"]
    assert found("tab=customers&sort=oldest") == ["landing", "unknown", "missed"]


@pytest.mark.parametrize("steps", [(200,), (3, 200), (1, 2, 1, 200)])
@pytest.mark.parametrize("spare", [-49, 5])
def test_whose_latest_may_not_be_shown_stands_by_the_one_before(
    monkeypatch: pytest.MonkeyPatch, steps: tuple[int, ...], spare: int
) -> None:
    shop_days()
    recorded([page(NOON + timedelta(hours=9, minutes=n), "Quote", BEN_COOKIE) for n in range(3)], source("website"))
    Identifier.objects.filter(value=BEN_COOKIE.value).update(is_withheld=True)
    monkeypatch.setattr("journeys.explore.finding.STEPS_BY_CUSTOMER", steps)
    monkeypatch.setattr("journeys.explore.finding.SPARE", spare)
    assert found("tab=customers") == ["mail", "missed", "unknown"]
    assert found("tab=customers&sort=oldest") == ["order", "unknown", "missed"]


def test_a_marketer_sees_journeys_and_not_whose() -> None:
    shop_days()
    for query in ("", "tab=customers", "columns=customer,channel,what,source,campaign,page,product,outcome,mood,value"):
        said = browser("marketer").get(f"/explore/?{query}").content.decode()
        assert "Customer " in said
        for word in ("Ben", "Harrow", "ben@example.com", "900555", "I am cross", "8801"):
            assert word not in said
    assert "Ben Harrow" in browser("lead").get("/explore/").content.decode()


def test_a_marketer_finds_nobody_by_what_is_masked() -> None:
    shop_days()
    recorded([page(NOON, "Letters", BEN_COOKIE, key="mailed", campaign={"name": "for ben@example.com"})])
    recorded([page(NOON, "X", BEN_COOKIE, key="named", url="https://www.example.com/account/harrow/")])
    for query, key in (("campaign=for ben@example.com", "mailed"), ("path=/account/harrow/", "named")):
        assert found(query) == [key]
        assert found(query, "marketer") == []


def test_browsing_that_is_withheld_is_not_found_or_counted() -> None:
    shop_days()
    ben = customer_of("login", "8801")
    Consent.objects.create(
        identifier=Identifier.objects.get(value="8801"), purpose="analytics", state="withdrawn", occurred_at=NOON
    )
    reconsider([ben.pk])
    assert found("") == ["mail", "missed", "answered", "unknown"]
    assert found("tab=customers") == ["mail", "missed", "unknown"]
    assert found("campaign=Winter sun") == []


def test_walls_hold() -> None:
    shop_days()
    Customer.objects.filter(pk=customer_of("login", "8801").pk).update(brand="lagoon")
    assert found("") == ["missed", "unknown"]
    assert "mail" in found("", "admin")


@pytest.mark.parametrize("role", ["agent", "privacy", "auditor"])
def test_it_is_for_those_who_explore(role: str) -> None:
    assert signed_in(role).get("/explore/").status_code == 403


def test_nothing_yet_says_what_to_do() -> None:
    assert "An admin connects sources" in browser().get("/explore/").content.decode()
    shop_days()
    assert "Ask less" in browser().get("/explore/?product=Nothing").content.decode()


def test_how_many_is_said_to_be_an_estimate_unless_all_of_it_is_here() -> None:
    shop_days()
    assert "2 interactions, that is all" in text_of(browser().get("/explore/?channel=call"))
    recorded([page(NOON - timedelta(seconds=n), f"P{n}", BEN_COOKIE) for n in range(1, 60)])
    assert "(an estimate)" in text_of(browser().get("/explore/"))


def test_columns_are_chosen_and_the_address_holds_them() -> None:
    shop_days()
    answer = browser().get("/explore/?columns=page&columns=mood&channel=email")
    assert [head.label for head in answer.context["heads"]] == ["When", "Page", "Mood"]
    assert "annoyed" in text_of(answer)
    query = answer.context["asked"].query
    assert query == "channel=email&columns=page%2Cmood"
    assert asked_of(query).query == query


# Views


def test_a_view_is_kept_shared_renamed_removed_and_brought_back() -> None:
    shop_days()
    mine, other = browser("lead"), browser("marketer")
    sent = {"name": " All  missed ", "query": "outcome=missed&before=1.0.1&odd=1"}
    answer = mine.post("/explore/views/save/", sent)
    view = SavedView.objects.get()
    assert (view.name, view.query, view.is_shared) == ("All missed", "outcome=missed", False)
    assert answer["Location"] == "/explore/?outcome=missed"
    assert "All missed" in mine.get("/explore/").content.decode()
    assert "All missed" not in other.get("/explore/").content.decode()
    mine.post(f"/explore/views/{view.pk}/change/", {"act": "change", "name": "Missed", "is_shared": "1"})
    assert ">Missed<" in text_of(other.get("/explore/views/"))
    assert other.post(f"/explore/views/{view.pk}/change/", {"act": "remove"}).status_code == 404
    mine.post(f"/explore/views/{view.pk}/change/", {"act": "remove"})
    assert ">Missed<" not in text_of(other.get("/explore/views/"))
    assert "Bring back" in text_of(mine.get("/explore/views/"))
    mine.post(f"/explore/views/{view.pk}/change/", {"act": "back"})
    assert ">Missed<" in text_of(other.get("/explore/views/"))


def test_a_view_without_a_name_is_not_kept() -> None:
    mine = browser()
    assert "give it a name" in mine.post("/explore/views/save/", {"name": " "}, follow=True).content.decode()
    assert not SavedView.objects.exists()


# The API


def results(client: Client, **parameters: Any) -> list[int]:
    answer = client.get("/api/v1/interactions/", parameters)
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def key_of(role: str) -> Client:
    _, key = ApiKey.issue(f"test of {role} {ApiKey.objects.count()}", role)
    return Client(headers={"authorization": f"Bearer {key}"})


def test_the_api_has_the_same_filters() -> None:
    shop_days()
    by_key = dict(Interaction.objects.values_list("key", "pk"))
    program = key_of("agent")
    for parameters, keys in (
        ({"campaign": "Winter sun"}, ["landing"]),
        ({"product": "Atlantis", "kind": "track"}, ["order"]),
        ({"product": "Atlantis", "kind": "page"}, []),
        ({"value_from": 991, "text": "quote"}, ["quote"]),
        ({"path": "/quote", "customer": str(customer_of("login", "8801").public_id)}, ["quote"]),
        ({"consent": "given:marketing", "channel": "call"}, ["answered"]),
        ({"mood": "annoyed", "direction": "out"}, []),
    ):
        assert results(program, **parameters) == [by_key[key] for key in keys], parameters
    assert results(key_of("marketer"), campaign="Winter sun") == [by_key["landing"]]
    assert program.get("/api/v1/interactions/", {"consent": "perhaps"}).status_code == 400


def test_the_steps_of_a_page_stay_bounded() -> None:
    assert sum(STEPS) <= 4_000


def test_consents_noted_since_are_asked() -> None:
    shop_days()
    said = Identifier.objects.get(value="8801")
    Consent.objects.create(
        identifier=said, purpose="marketing", channel="email", state="withdrawn", occurred_at=NOON + timedelta(days=1)
    )
    assert found("consent=given:marketing") == []
    assert found("consent=refused:marketing&channel=call") == ["answered"]
