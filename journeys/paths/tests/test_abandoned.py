"""What is given up, and the calls that follow: defined, tried, reported, listed, through the pages."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.identity.merging import merge, withdraw
from crm.identity.models import Identifier, Link
from crm.privacy.models import ApiKey
from crm.privacy.restricting.acts import restrict
from crm.privacy.tests.signing import signed_in
from crm.sources.brands import let_in
from crm.sources.models import Brand
from journeys.attribution.converting import Worth, convert
from journeys.attribution.models import ConversionDefinition
from journeys.calls.models import Call
from journeys.interactions.drafts import ConsentGiven, Seen
from journeys.interactions.models import Interaction
from journeys.paths.abandonment import AbandonmentChange, AbandonmentDefinition
from journeys.paths.keeping import pack
from journeys.segments.models import CustomerSegment
from journeys.tests.factories import call, customer_of, identify, page, recorded, source, user
from journeys.work.deeds import Hand

pytestmark = pytest.mark.django_db
FILLED = {"name": "A quote", "begun": "/quote*", "finished": "/thanks", "quiet": "30", "days": "7"}


@pytest.fixture
def marketer() -> Client:
    return signed_in("marketer")


@pytest.fixture
def quote() -> AbandonmentDefinition:
    return AbandonmentDefinition.objects.create(name="A quote", begun=["/quote*"], finished=["/thanks"])


def ago(days: float, minutes: float = 0) -> datetime:
    return timezone.now() - timedelta(days=days) + timedelta(minutes=minutes)


def who(name: str) -> tuple[Seen, Seen]:
    """A browser and a telephone of one customer."""
    number = sum(map(ord, name)) % 1000
    return Seen("cookie", f"c-{name}"), Seen("phone", f"07700 900{number:03}")


def known(*names: str) -> None:
    """Customers of whom both are known."""
    recorded([identify(ago(40), *who(name)) for name in names], source("shop", is_trusted=True))


def looked(name: str, days: float, *titles: str) -> None:
    """A visit, a page each minute."""
    recorded([page(ago(days, n), title, who(name)[0]) for n, title in enumerate(titles)], source("shop"))


def rang(name: str, days: float, minutes: float = 0, **data: Any) -> Interaction:
    at = ago(days, minutes)
    recorded([call(at, who(name)[1], **data)], source("line", "twilio", is_trusted=True))
    return Interaction.objects.filter(channel="call").latest("pk")


def agreed(name: str, days: float, value: int, minutes: float = 0) -> None:
    """A sale that an agent noted in a call."""
    whose = Identifier.objects.get(kind="phone", customer=customer_of("cookie", f"c-{name}"))
    made = Call.objects.create(
        source=source("line"), call_id=f"{name}{value}", state="ended", rang_at=ago(days), identifier=whose
    )
    convert(whose.pk, Worth(Decimal(value), "GBP"), Hand(user()), at=ago(days, minutes), call_id=made.pk)


def kept() -> None:
    while pack(5):
        pass


def shown(client: Client, address: str = "/abandoned/", **asked: Any) -> str:
    kept()
    answer = client.get(address, asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def table(client: Client, part: str, **asked: Any) -> list[list[str]]:
    kept()
    return list(csv.reader(io.StringIO(client.get("/abandoned/file/", {"part": part, **asked}).content.decode())))


def pages(client: Client, **asked: Any) -> dict[str, list[str]]:
    return {name: figures for name, *figures in table(client, "pages", **asked)[1:]}


@pytest.fixture
def story(quote: AbandonmentDefinition) -> None:
    """Anna gives up on extras and calls, and buys for 900; Ben gives up and never calls; Cleo finishes, and calls."""
    known("anna", "ben", "cleo")
    looked("anna", 10, "Sun", "Quote", "Extras")
    rang("anna", 10, minutes=62, outcome="answered")
    agreed("anna", 9, 900)
    looked("ben", 10, "Quote")
    looked("cleo", 10, "Quote", "Thanks")
    rang("cleo", 9, outcome="missed")


def test_calls_are_counted_by_the_page_that_it_stopped_on(marketer: Client, story: None) -> None:
    assert pages(marketer) == {"/extras": ["1", "1", "1", "1.0000", "900"], "/quote": ["1", "0", "0", "0.0000", "0"]}
    page = shown(marketer)
    assert '2 <span class="small quiet">of 3 attempts</span>' in page
    assert '50.0 % <span class="small quiet">(9.5 to 90.5 %)' in page
    assert "GBP 900.00" in page
    assert "answered 1" in page


def test_those_who_went_on_stand_beside(marketer: Client, story: None) -> None:
    page = shown(marketer)
    assert "Went on to the end" in page
    assert "100.0 % (20.7 to 100.0)" in page
    assert "GBP 450.00" in page
    assert "This is no proof of cause" in page


def test_what_both_bought_in_any_way_stands_beside(marketer: Client, story: None) -> None:
    cleo = Identifier.objects.get(kind="cookie", value="c-cleo")
    convert(cleo.pk, Worth(Decimal(120), "GBP"), Hand(user()), at=ago(10, 1))
    page = shown(marketer)
    assert page.count("GBP 450.00 (") == 2
    assert 'data-head="In any way, each"> GBP 120.00 </td>' in page


def test_the_curve_is_of_those_who_gave_up(marketer: Client, story: None) -> None:
    _, *lines = table(marketer, "curve")
    ((at, *told),) = lines
    assert int(at) == pytest.approx(3600, abs=5)
    assert told == ["0.500000", "0.000000", "1.000000", "2", "1"]
    assert "Share of what was given up that a call had followed" in shown(marketer)


def test_weeks_add_up_and_say_what_is_still_watched(marketer: Client, story: None) -> None:
    looked("ben", 1, "Quote")
    _, *lines = table(marketer, "weeks")
    assert sum(int(line[2]) for line in lines) == 3
    assert lines[-1][4] == "yes"
    assert lines[0][4] == "no"


def test_a_call_is_of_the_last_attempt_before_it(marketer: Client, quote: AbandonmentDefinition) -> None:
    known("anna")
    looked("anna", 5, "Quote")
    looked("anna", 4, "Quote", "Extras")
    rang("anna", 3)
    assert pages(marketer) == {"/quote": ["1", "1", "0", "0.0000", "0"], "/extras": ["1", "1", "1", "1.0000", "0"]}


def test_an_attempt_that_goes_on_is_not_given_up_yet(marketer: Client, quote: AbandonmentDefinition) -> None:
    recorded([page(timezone.now() - timedelta(minutes=10), "Quote", who("anna")[0])])
    assert "Nobody began this in the period" in shown(marketer)


def test_who_finishes_a_day_later_gave_up_and_is_watched_no_longer(
    marketer: Client, quote: AbandonmentDefinition
) -> None:
    known("anna")
    looked("anna", 5, "Quote")
    looked("anna", 4, "Thanks")
    rang("anna", 3)
    assert pages(marketer)["/quote"][:2] == ["1", "0"]
    assert "Nobody called." in shown(marketer)


def test_a_booking_by_phone_finishes_nothing_online(marketer: Client) -> None:
    made = ConversionDefinition.objects.create(name="Booked", channel="web", events=["Order Completed"])
    AbandonmentDefinition.objects.create(name="A quote", begun=["/quote"], conversion=made)
    known("anna")
    looked("anna", 5, "Quote")
    rang("anna", 5, minutes=5)
    agreed("anna", 5, 300, minutes=9)
    assert pages(marketer)["/quote"] == ["1", "1", "1", "1.0000", "300"]


def test_a_call_of_a_visit_that_tracking_matched_follows_it(marketer: Client, quote: AbandonmentDefinition) -> None:
    looked("anna", 5, "Quote")
    rang("ben", 5, minutes=20)
    last = Interaction.objects.filter(channel="call").latest("pk")
    assert pages(marketer)["/quote"][1] == "0"
    browser = Identifier.objects.get(kind="cookie", value="c-anna")
    Call.objects.update_or_create(
        source=last.source, call_id=last.key,
        defaults={"state": "ended", "rang_at": last.occurred_at, "visitor": "c-anna",
                  "visitor_namespace": browser.namespace, "outcome": "quote sent"},
    )  # fmt: skip
    assert pages(marketer)["/quote"][1] == "1"
    assert "quote sent 1" in shown(marketer)


def test_a_merge_makes_a_call_follow_and_its_undo_takes_it_back(marketer: Client, quote: AbandonmentDefinition) -> None:
    looked("anna", 5, "Quote")
    rang("ben", 5, minutes=20)
    assert pages(marketer)["/quote"][1] == "0"
    phone = Identifier.objects.get(kind="phone", value__endswith=str(sum(map(ord, "ben")) % 1000))
    merge(customer_of("cookie", "c-anna"), phone.customer, user())
    assert pages(marketer)["/quote"][1] == "1"
    withdraw([Link.objects.latest("pk")], user())
    assert pages(marketer)["/quote"][1] == "0"


def test_who_is_restricted_or_refuses_to_be_looked_at_is_not_counted(marketer: Client, story: None) -> None:
    restrict(customer_of("cookie", "c-anna"), "they asked for it", user("privacy"))
    assert pages(marketer) == {"/quote": ["1", "0", "0", "0.0000", "0"]}
    no = replace(identify(ago(0), who("ben")[0]), consents=(ConsentGiven("analytics", False),))
    recorded([no], source("shop"))
    assert pages(marketer) == {}
    assert "for want of consent: no steps, or those of fewer than 10 customers," in shown(marketer)
    for n in range(9):
        refusing = identify(ago(0), Seen("cookie", f"c-refuses-{n}"))
        recorded([replace(refusing, consents=(ConsentGiven("analytics", False),))], source("shop"))
        recorded([page(ago(n), "Quote", Seen("cookie", f"c-refuses-{n}"))], source("shop"))
    looked("ben", 2, "Quote")
    assert "for want of consent: about 10 steps" in shown(marketer)
    _, key = ApiKey.issue("report", "integration", scopes=["attribution:read"])
    told = Client(headers={"authorization": f"Bearer {key}"}).get("/api/v1/abandonments/").json()
    assert told["withheld_steps"] == 10


def test_a_brands_attempts_are_seen_by_its_people_only(marketer: Client, quote: AbandonmentDefinition) -> None:
    lagoon = Brand.objects.create(word="lagoon", name="Lagoon")
    shop = source("lagoon shop", brand=lagoon, namespace="shop@lagoon")
    recorded([page(ago(3), "Quote", Seen("cookie", "c-lana"))], shop)
    assert pages(marketer) == {}
    assert "nor are customers of brands that are not yours" in shown(marketer)
    assert "None of those" not in shown(marketer, "/abandoned/never-called/")
    insider = user("marketer")
    let_in(lagoon, insider, None)
    client = Client()
    client.force_login(insider)
    assert pages(client)["/quote"][0] == "1"


# Those who never called


def allows(name: str, *, is_given: bool = True) -> None:
    consents = (ConsentGiven("marketing", is_given, "email"),)
    recorded([replace(identify(ago(1), who(name)[0]), consents=consents)], source("shop"))


def test_those_who_never_called_are_listed_where_they_allow_it(marketer: Client, story: None) -> None:
    looked("dora", 8, "Quote")
    allows("dora", is_given=False)
    page = shown(marketer, "/abandoned/never-called/")
    assert "0 of 2 allow marketing" in page
    allows("ben")
    page = shown(marketer, "/abandoned/never-called/")
    assert "1 of 2 allow marketing" in page
    ben = customer_of("cookie", "c-ben")
    assert f"Customer {str(ben.public_id)[:8]}" in page
    assert str(customer_of("cookie", "c-anna").public_id) not in page
    assert "07700" not in page


def test_a_page_with_somebodys_name_tells_nobody_who_it_is(marketer: Client) -> None:
    AbandonmentDefinition.objects.create(name="A quote", begun=["/quote-zebulon"], finished=["/thanks"])
    recorded([identify(ago(30), who("ben")[0], given_name="Zebulon", surname="Quill")], source("shop"))
    looked("ben", 8, "Quote Zebulon")
    allows("ben")
    assert str(customer_of("cookie", "c-ben").public_id) not in shown(marketer, "/abandoned/never-called/")


def test_the_list_goes_on_where_a_page_ends(
    marketer: Client, quote: AbandonmentDefinition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journeys.paths.silent.SHOWN", 2)
    for n, name in enumerate(["ann", "bob", "cid"]):
        looked(name, 5 + n, "Quote")
        allows(name)
    kept()
    first = marketer.get("/abandoned/never-called/").context["found"]
    at, whose = first.following
    rest = marketer.get("/abandoned/never-called/", {"before": f"{at}-{whose}"}).context["found"]
    seen = [one.customer for one in (*first.shown, *rest.shown)]
    assert seen == [customer_of("cookie", f"c-{name}").pk for name in ("ann", "bob", "cid")]
    assert rest.following is None


def test_a_segment_is_made_of_them(marketer: Client, quote: AbandonmentDefinition) -> None:
    answer = marketer.post("/abandoned/never-called/segment/", {"definition": quote.pk})
    made = CustomerSegment.objects.get()
    assert answer.headers["Location"] == f"/segments/{made.pk}/"
    page = shown(marketer, f"/segments/{made.pk}/")
    assert "looked at /quote* in the last 30 days, then not: looked at /thanks, within 30 minutes" in page
    assert "not: had a call, within 7 days; and marketing allowed" in page


def test_a_segment_that_is_there_is_one_click_away(marketer: Client, story: None) -> None:
    definition = AbandonmentDefinition.objects.get()
    assert "Make a segment of them" in shown(marketer, "/abandoned/never-called/", definition=definition.pk)
    marketer.post("/abandoned/never-called/segment/", {"definition": definition.pk})
    again = shown(marketer, "/abandoned/never-called/", definition=definition.pk)
    assert f'href="/segments/{CustomerSegment.objects.get().pk}/"' in again
    assert "Make a segment of them" not in again


def test_what_a_segment_cannot_ask_is_said(marketer: Client) -> None:
    AbandonmentDefinition.objects.create(name="Two", begun=["/quote", "/basket"], finished=["/thanks"])
    assert "A segment cannot ask" in shown(marketer, "/abandoned/never-called/")
    assert marketer.post("/abandoned/never-called/segment/").headers["Location"] == "/abandoned/"
    assert not CustomerSegment.objects.exists()


# Definitions


def test_where_nothing_is_defined_pages_are_proposed(marketer: Client) -> None:
    looked("anna", 3, "Basket")
    looked("ben", 3, "Basket", "Thank you")
    page = shown(marketer)
    assert "/basket" in page
    assert "/abandoned/definitions/0/?begun=%2Fbasket&amp;finished=%2Fthank-you" in page
    assert 'value="/basket"' in shown(marketer, "/abandoned/definitions/0/", begun="/basket", finished="/thank-you")


def test_where_nothing_happened_either_the_page_says_so(marketer: Client) -> None:
    assert "looks like the beginning of a purchase" in shown(marketer)
    assert marketer.get("/abandoned/never-called/").headers["Location"] == "/abandoned/"


def test_a_definition_is_tried_before_it_holds(marketer: Client, story: None) -> None:
    AbandonmentDefinition.objects.all().delete()
    kept()
    page = marketer.post("/abandoned/definitions/0/", {**FILLED, "finished": "/thanks, /nowhere"}).content.decode()
    assert "3 began, and 2 gave up" in page
    assert "1 of those called" in " ".join(page.split())
    assert "is called /nowhere" in " ".join(page.split())
    assert not AbandonmentDefinition.objects.exists()


def test_a_definition_is_kept_changed_removed_and_each_is_undone(marketer: Client) -> None:
    marketer.post("/abandoned/definitions/0/", {**FILLED, "act": "save"})
    made = AbandonmentDefinition.objects.get()
    marketer.post(f"/abandoned/definitions/{made.pk}/", {**FILLED, "days": "3", "act": "save"})
    marketer.post(f"/abandoned/definitions/{made.pk}/remove/")
    assert not AbandonmentDefinition.objects.exists()
    marketer.post(f"/abandoned/changes/{AbandonmentChange.objects.latest('pk').pk}/undo/")
    assert AbandonmentDefinition.objects.get(pk=made.pk).days == 3
    assert [change.said for change in AbandonmentChange.objects.all()] == [
        *("Undone: Removed A quote", "Removed A quote", "Changed A quote", "Defined A quote"),
        "The definitions as they stood",
    ]
    first = AbandonmentChange.objects.earliest("pk")
    page = marketer.post(f"/abandoned/changes/{first.pk}/undo/", follow=True).content.decode()
    assert "undo that first" in page


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"finished": "/quote*"}, "finished as soon as it begins"),
        ({"finished": ""}, "else everybody gives up"),
        ({"begun": "/quote/anna@example.com"}, "Leave e-mail addresses"),
        ({"quiet": "0"}, "greater than or equal to 1"),
        ({"days": "61"}, "less than or equal to 60"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(marketer: Client, told: dict[str, str], said: str) -> None:
    answer = marketer.post("/abandoned/definitions/0/", {**FILLED, **told, "act": "save"})
    assert said in answer.content.decode()
    assert not AbandonmentDefinition.objects.exists()


def test_two_of_one_name_are_refused_and_so_are_too_many(
    marketer: Client, quote: AbandonmentDefinition, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "There is one of that name" in marketer.post("/abandoned/definitions/0/", FILLED).content.decode()
    monkeypatch.setattr("journeys.paths.abandonment_changes.MOST", 1)
    answer = marketer.post("/abandoned/definitions/0/", {**FILLED, "name": "B", "act": "save"}, follow=True)
    assert "remove one first" in answer.content.decode()


def test_what_finishes_begins_nothing(marketer: Client) -> None:
    AbandonmentDefinition.objects.create(name="Booking", begun=["/book*"], finished=["/book-done"])
    looked("anna", 3, "Book done")
    assert "Nobody began this in the period" in shown(marketer)


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2999-01-01", "until": "2999-02-01"},
        {"since": "0001-01-01", "until": "0001-01-02"},
        {"since": "no", "until": "\0", "definition": "x"},
        {"definition": "999"},
    ],
)
def test_odd_periods_are_answered(marketer: Client, story: None, asked: dict[str, str]) -> None:
    for address in ("/abandoned/", "/abandoned/never-called/", "/blind-spots/"):
        shown(marketer, address, **asked)
    table(marketer, "weeks", **asked)


def test_leads_look_and_change_nothing(story: None) -> None:
    lead = signed_in("lead")
    assert "A quote" in shown(lead)
    assert lead.post("/abandoned/definitions/0/", FILLED).status_code == 403
    assert signed_in("agent").get("/abandoned/").status_code == 403
