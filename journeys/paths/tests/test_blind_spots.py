"""The three blind spots: as data, as a page, as files and by the API."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from crm.identity.merging import merge, withdraw
from crm.identity.models import Identifier, Link
from crm.privacy.models import ApiKey
from crm.privacy.restricting.acts import restrict
from crm.privacy.tests.signing import signed_in
from crm.sources.models import Brand
from journeys.attribution.models import Conversion, ConversionDefinition
from journeys.attribution.recounting import recount
from journeys.attribution.unmarketed import unmarketed
from journeys.attribution.working import work
from journeys.interactions.drafts import ConsentGiven, Seen
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.blindness import BlindSpots, blind_spots
from journeys.paths.spotting import SPOTS
from journeys.paths.tests.test_abandoned import ago, agreed, kept, known, looked, rang, who
from journeys.tests.factories import customer_of, identify, page, recorded, source, user

pytestmark = pytest.mark.django_db
SEARCH = {"source": "google", "medium": "cpc", "name": "winter"}


def found(brands: Any = None, days: int = 30) -> BlindSpots:
    kept()
    work(5)
    while recount(5, is_patient=False):
        pass
    today = timezone.localdate()
    return blind_spots(brands, today - timedelta(days=days), today, timezone.now())


def came_by_search(name: str, days: float) -> None:
    recorded([page(ago(days), "Sun", who(name)[0], campaign=SEARCH)], source("shop"))


def test_nothing_is_known_of_nothing() -> None:
    one, two, three = found()
    assert (one.value, one.interval, one.is_defined) == (None, None, False)
    assert (two.value, two.worth, two.currency) == (None, Decimal(0), "")
    assert (three.value, three.callers, three.browsers) == (None, 0, 0)


def test_abandonments_that_a_call_followed_are_unseen_online() -> None:
    AbandonmentDefinition.objects.create(name="A quote", begun=["/quote"], finished=["/thanks"])
    AbandonmentDefinition.objects.create(name="A basket", begun=["/basket"], finished=["/thanks"])
    known("anna", "ben")
    looked("anna", 10, "Quote")
    rang("anna", 9)
    looked("ben", 10, "Basket")
    one = found().unseen
    assert (one.value, one.before, one.given_up, one.called) == (0.5, 0.0, 2, 1)
    assert one.interval
    assert one.interval[0] < 0.5 < one.interval[1]
    assert sum(point.whole for point in one.trend) == 2
    assert sum(point.part for point in one.trend) == 1


def test_money_by_phone_has_credit_once_marketing_is_in_its_path() -> None:
    known("anna", "ben", "cleo")
    came_by_search("anna", 12)
    looked("ben", 12, "Sun")
    for name, value in (("anna", 300), ("ben", 90), ("cleo", 10)):
        rang(name, 9.5)
        agreed(name, 9, value)
    two = found().uncredited
    assert (two.before, two.interval, two.currency) == (1.0, None, "GBP")
    assert (two.worth, two.bare, two.conversions, two.bare_conversions) == (Decimal(400), Decimal(100), 3, 2)
    assert two.value == pytest.approx(0.25)
    assert sum(point.whole for point in two.trend) == pytest.approx(400)
    assert sum(point.part for point in two.trend) == pytest.approx(100)


def test_a_merge_brings_the_credit_and_its_undo_takes_it_back() -> None:
    known("ben")
    came_by_search("nobody", 12)
    rang("ben", 9.5)
    agreed("ben", 9, 90)
    assert found().uncredited.value == 1.0
    before = found().strangers
    assert (before.callers, before.known, before.browsers, before.named) == (1, 0, 1, 0)
    merge(customer_of("cookie", "c-nobody"), customer_of("cookie", "c-ben"), user())
    assert found().uncredited.value == 0.0
    after = found().strangers
    assert (after.callers, after.known, after.browsers, after.named) == (1, 1, 1, 1)
    withdraw([Link.objects.latest("pk")], user())
    assert found().uncredited.value == 1.0
    assert found().strangers == before


def test_callers_and_browsers_are_counted_once_in_a_period_and_once_a_week() -> None:
    known("anna", "ben")
    for days in (3, 10, 11):
        looked("anna", days, "Sun")
        rang("anna", days)
    looked("nobody", 3, "Sun")
    rang("ben", 3)
    three = found().strangers
    assert (three.callers, three.known, three.value) == (2, 1, 0.5)
    assert (three.browsers, three.named) == (2, 1)
    assert sum(point.whole for point in three.trend) >= 3
    assert sum(point.whole for point in three.browsing) >= 3


def test_a_browser_that_signed_in_is_a_browser_still() -> None:
    login = Seen("login", "4711")
    recorded([page(ago(3), "Sun", who("anna")[0], login)], source("shop"))
    three = found().strangers
    assert (three.browsers, three.named) == (1, 1)


def test_whoever_is_restricted_or_withheld_is_in_none_of_them() -> None:
    known("anna", "ben")
    for name in ("anna", "ben"):
        looked(name, 3, "Sun")
        rang(name, 3)
    restrict(customer_of("cookie", "c-anna"), "they asked for it", user("privacy"))
    three = found().strangers
    assert (three.callers, three.known, three.browsers) == (1, 1, 1)
    no = replace(identify(ago(0), who("ben")[0]), consents=(ConsentGiven("analytics", False),))
    recorded([no], source("shop"))
    three = found().strangers
    assert (three.callers, three.known, three.browsers) == (1, 0, 0)


def test_the_conversions_without_marketing_are_listed_one_by_one_as_they_are_counted(marketer: Client) -> None:
    known("anna", "ben", "cleo")
    came_by_search("anna", 12)
    came_by_search("cleo", 9 + 200)
    for name, value in (("anna", 300), ("ben", 90), ("cleo", 10)):
        rang(name, 9.5)
        agreed(name, 9, value)
    two = found().uncredited
    assert (two.bare, two.bare_conversions) == (Decimal(100), 2)
    today = timezone.localdate()
    days = {"since": str(today - timedelta(days=30)), "until": str(today)}

    def worth(way: str) -> list[str]:
        page = marketer.get("/conversions/list/", {"way": way, **days}).content.decode()
        return sorted(re.findall(r"GBP ([0-9.,]+)<", page))

    assert worth("unmarketed") == ["10.00", "90.00"]
    assert worth("phone") == ["10.00", "300.00", "90.00"]
    page = page_of(marketer, "money", **days)
    assert f"/conversions/list/?way=unmarketed&amp;{urlencode(days).replace('&', '&amp;')}" in page
    assert "/conversions/list/" not in page_of(signed_in("lead"), "money", **days)


def test_the_path_of_a_refund_ends_with_its_order_in_the_list_too() -> None:
    known("anna")
    definition = ConversionDefinition.objects.create(name="Booked", channel="call", is_by_phone=True, lookback=30)
    came_by_search("anna", 45)
    found()
    whose = Identifier.objects.get(value=who("anna")[0].value)
    for days, value, role in ((20, 300, ""), (3, -300, "refund")):
        Conversion.objects.create(
            identifier=whose, definition=definition, order="N-1", role=role, value=value, currency="GBP", at=ago(days)
        )
    assert not unmarketed(Conversion.objects.all()).exists()


def test_who_is_behind_the_third_blind_spot_is_listed_by_pseudonym(
    marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    known("anna", "ben", "cleo")
    for name in ("anna", "ben"):
        looked(name, 3, "Sun")
        rang(name, 3)
    rang("cleo", 3)
    three = found().strangers
    assert (three.known, three.named) == (2, 2)
    one, other = sorted((customer_of("cookie", f"c-{name}") for name in ("anna", "ben")), key=lambda found: found.pk)
    cleo = customer_of("cookie", "c-cleo")
    monkeypatch.setattr("journeys.paths.behind.PAGE", 1)
    for part in ("callers", "browsers"):
        first = marketer.get("/blind-spots/who/", {"part": part}).content.decode()
        assert f"Customer {str(one.public_id)[:8]}" in first
        second = marketer.get("/blind-spots/who/", {"part": part, "after": one.pk}).content.decode()
        assert f"/customers/{other.public_id}/" in second
        for text in (first, second):
            assert str(cleo.public_id) not in text
        assert f"part={part}" in re.findall(r'href="\?([^"]+)">The next ones', first)[0]
        assert "The next ones" not in second
        assert "Nobody more" in marketer.get("/blind-spots/who/", {"part": part, "after": 10**17}).content.decode()
    assert "Nobody in this period" in marketer.get("/blind-spots/who/?until=2001-01-01&after=x").content.decode()
    assert signed_in("agent").get("/blind-spots/who/").status_code == 403


def test_a_brand_is_counted_for_its_people_only() -> None:
    lagoon = Brand.objects.create(word="lagoon", name="Lagoon")
    shop = source("lagoon shop", brand=lagoon, namespace="shop@lagoon")
    recorded([page(ago(3), "Sun", Seen("cookie", "c-lana"))], shop)
    assert found(frozenset()).strangers.browsers == 0
    assert found(frozenset({"lagoon"})).strangers.browsers == 1
    assert found(None).strangers.browsers == 1


# The page, its files, the API


@pytest.fixture
def marketer() -> Client:
    return signed_in("marketer")


def page_of(client: Client, part: str, **asked: str) -> str:
    """A blind spot as the page asks for it by itself."""
    answer = client.get("/blind-spots/", {"part": part, **asked}, headers={"hx-request": "true"})
    assert "<main" not in answer.content.decode()
    return " ".join(answer.content.decode().split())


def test_the_page_stands_before_anything_is_counted(marketer: Client) -> None:
    said = marketer.get("/blind-spots/").content.decode()
    assert said.count("Being counted…") == len(SPOTS)
    assert all(f"part={part}" in said for part in SPOTS)
    whole = marketer.get("/blind-spots/", {"part": "callers"}).content.decode()
    assert whole.count("Being counted…") == len(SPOTS) - 1
    assert "Nobody called in this" in whole


def test_the_page_says_each_with_what_it_means_and_where_to_look(marketer: Client) -> None:
    AbandonmentDefinition.objects.create(name="A quote", begun=["/quote"], finished=["/thanks"])
    known("anna")
    looked("anna", 10, "Quote")
    rang("anna", 9)
    agreed("anna", 9, 300)
    found()
    page = "".join(page_of(marketer, part) for part in SPOTS)
    for said in (
        "of 1 attempts that were given up were followed by a call (1).",
        "of GBP 300.00 agreed by phone (1) still has no marketing touchpoint before it: GBP 300.00 (1).",
        "of 1 callers have browsing of theirs beside the call (1).",
        "of 1 browsers are of a customer who left an address, a number or a login (1).",
        "/abandoned/?since=", "/attribution/?since=", "/explore/?channel=call",
    ):  # fmt: skip
        assert said in page
    assert page.count('<svg viewBox="0 0 360 190"') == 4
    assert Identifier.objects.get(kind="phone").value not in page


def test_an_empty_page_says_why(marketer: Client) -> None:
    page = "".join(page_of(marketer, part) for part in SPOTS)
    for said in ("Nobody has said yet what giving up is", "Nothing that was agreed by phone", "Nobody called in this"):
        assert said in page
    assert "Say what giving up is" in page
    assert '<svg viewBox="0 0 360 190"' not in page


@pytest.mark.parametrize("part", ["calls", "money", "callers", "browsers", "nonsense"])
def test_every_trend_is_a_file(marketer: Client, part: str) -> None:
    known("anna")
    rang("anna", 9)
    looked("anna", 3, "Sun")
    agreed("anna", 9, 300)
    found()
    lines = list(csv.reader(io.StringIO(marketer.get("/blind-spots/file/", {"part": part}).content.decode())))
    assert lines[0][0] == "Week from"
    assert part != "money" or lines[0][1:3] == ["Without marketing, GBP", "By phone, GBP"]
    assert len(lines) == (1 if part in ("calls", "nonsense") else 9)


def test_agents_do_not_see_them() -> None:
    assert signed_in("agent").get("/blind-spots/").status_code == 403


def asked(address: str, role: str = "marketer", **told: Any) -> Any:
    _, key = ApiKey.issue(f"reports {address} {role}", role)
    return Client(headers={"authorization": f"Bearer {key}"}).get(f"/api/v1/{address}/", told)


def test_programs_are_told_the_same() -> None:
    made = AbandonmentDefinition.objects.create(name="A quote", begun=["/quote"], finished=["/thanks"])
    known("anna")
    looked("anna", 10, "Quote")
    rang("anna", 9)
    agreed("anna", 8.9, 300)
    found()
    spots = asked("blind-spots").json()
    assert (spots["unseen"]["value"], spots["unseen"]["before"], spots["unseen"]["called"]) == (1.0, 0.0, 1)
    assert spots["unseen"]["low"] < 1 < spots["unseen"]["high"] + 0.01
    assert (spots["uncredited"]["worth"], spots["uncredited"]["low"]) == ("300.00", None)
    assert (spots["strangers"]["known"], spots["strangers"]["named"]) == (1, 1)
    told = asked("abandonments").json()
    assert (told["definition"], told["given_up"], told["called"], told["calls"]) == (made.pk, 1, 1, 1)
    assert told["rescued"] == [{"currency": "GBP", "conversions": 1, "value": "300.00"}]
    assert told["pages"] == [{"name": "/quote", "given_up": 1, "called": 1, "calls": 1, "money": "300.00"}]
    assert [len(one) for one in told["curve"]] == [4]


def test_programs_are_told_what_they_cannot_have() -> None:
    assert asked("abandonments").status_code == 404
    answer = asked("blind-spots", until="2999-01-01")
    assert answer.status_code == 400
    assert "cannot be 2999-01-01" in answer.content.decode()
    assert asked("blind-spots", "agent").status_code == 403
