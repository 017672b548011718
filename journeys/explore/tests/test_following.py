"""The journey that an interaction is part of: what its customer did, or did not, after it and before it."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from crm.identity.models import Identifier
from crm.privacy.disclosure import DEFAULT, Disclosure, Topic
from crm.privacy.models import ApiKey
from crm.privacy.tact_changes import DisclosureChange
from journeys.explore.asking import asked_of
from journeys.explore.following import read_course
from journeys.explore.models import SavedView
from journeys.explore.tests.factories import BEN_COOKIE, BEN_LOGIN, BEN_PHONE, CARA_PHONE, browser, found, order
from journeys.interactions.drafts import Seen
from journeys.interactions.models import Interaction
from journeys.tests.factories import NOON, call, customer_of, identify, mail, page, recorded, source

pytestmark = pytest.mark.django_db
REMEDY = "give from 1 to 3 steps, such as not event:Order Completed within 30 minutes"
CARA = Seen("cookie", "c-cara")
NOT_BOUGHT, CALLED = "not event:Order Completed within 30 minutes", "call within 7 days"


def quotes() -> None:
    """Ben looks at a quote, buys and calls; Cara looks, does not buy, and calls; somebody looks, and that is all."""
    recorded(
        [
            page(NOON, "Quote", BEN_COOKIE, key="ben"),
            order(NOON + timedelta(minutes=20)),
            identify(NOON + timedelta(minutes=21), BEN_COOKIE, BEN_LOGIN, BEN_PHONE, key="known"),
            page(NOON, "Quote", CARA, key="cara"),
            page(NOON + timedelta(hours=1), "Quote", Seen("cookie", "c-nobody"), key="nobody"),
            identify(NOON + timedelta(days=6), CARA, CARA_PHONE, key="knows"),
        ],
        source("website"),
    )
    recorded(
        [
            call(NOON + timedelta(days=2), BEN_PHONE, key="bens"),
            call(NOON + timedelta(days=3), CARA_PHONE, key="caras"),
        ],
        source("phone line", "twilio", is_trusted=True),
    )


def after(*steps: str, **more: str) -> str:
    return urlencode({"journey": "; ".join(steps), **more})


def test_saw_the_quote_did_not_buy_within_half_an_hour_and_called_within_a_week() -> None:
    quotes()
    assert found(after(NOT_BOUGHT, CALLED, path="/quote")) == ["cara"]
    assert found(after(NOT_BOUGHT, path="/quote")) == ["nobody", "cara"]
    assert found(after(CALLED, path="/quote")) == ["cara", "ben"] or found(after(CALLED, path="/quote")) == [
        "ben",
        "cara",
    ]
    assert found(after(NOT_BOUGHT, CALLED, path="/quote", tab="customers")) == ["cara"]


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("call within 4319 minutes", []),
        ("call within 72 hours", ["cara"]),
        ("not call within 4319 minutes", ["nobody", "cara"]),
        ("email within 90 days", []),
    ],
)
def test_its_time_is_counted_from_the_interaction(asked: str, keys: list[str]) -> None:
    quotes()
    assert found(after(NOT_BOUGHT, asked, path="/quote")) == keys


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("before page:/quote within 7 days", ["caras", "bens"]),
        ("before event:Order Completed within 7 days", ["bens"]),
        ("not before event:Order Completed within 7 days", ["caras"]),
        ("before page:/quote within 1 day", []),
        ("before call within 7 days", []),
    ],
)
def test_what_came_before_a_call_can_be_asked(asked: str, keys: list[str]) -> None:
    quotes()
    assert found(after(asked, channel="call")) == keys


def test_what_was_not_done_is_so_once_its_time_has_passed() -> None:
    now = timezone.now()
    recorded([page(now - timedelta(minutes=10), "Quote", CARA, key="cara")], source("website"))
    assert found(after(NOT_BOUGHT)) == []
    Interaction.objects.update(occurred_at=now - timedelta(minutes=31))
    assert found(after(NOT_BOUGHT)) == ["cara"]


def test_it_can_be_filled_in_without_knowing_json() -> None:
    quotes()
    rows = {
        "path": "/quote", "then1_did": "not", "then1_what": "event", "then1_value": "Order Completed",
        "then1_within": "30", "then1_unit": "minute", "then2_did": "did", "then2_what": "call", "then2_value": "",
        "then2_within": "7", "then2_unit": "day", "then3_what": "", "then3_did": "did", "then3_within": "30",
    }  # fmt: skip
    assert found(urlencode(rows)) == ["cara"]
    said = browser().get(f"/explore/?{urlencode(rows)}").content.decode()
    assert "not: did “Order Completed”, within 30 minutes after it; had a call, within 7 days after it" in said
    [kept] = [asked_of(urlencode(rows)).query]
    assert asked_of(kept).query == kept
    assert found(kept) == ["cara"]
    one, two, _ = browser().get(f"/explore/?{kept}").context["journey"]
    assert (one.did, one.what, one.value, one.within, one.unit) == ("not", "event", "Order Completed", "30", "minute")
    assert (two.did, two.what, two.value, two.within, two.unit) == ("did", "call", "", "7", "day")
    browser().post("/explore/views/save/", {"name": "Gave up, then called", "query": kept})
    assert SavedView.objects.get().query == kept


@pytest.mark.parametrize(
    "journey",
    [
        "x",
        "call",
        "call within 7",
        "call within 0 days",
        "call within 91 days",
        "call within 129601 minutes",
        "call within 7 days;",
        "call within 7 days; ",
        "flew within 7 days",
        "page within 7 days",
        "page: within 7 days",
        "call:7 within 7 days",
        "outcome:odd within 7 days",
        "worth:much within 7 days",
        "before not call within 7 days",
        "; ".join(["call within 7 days"] * 4),
        "page:" + "x" * 201 + " within 7 days",
        "page:a\nb within 7 days",
    ],
)
def test_what_cannot_be_read_is_said_and_not_asked(journey: str) -> None:
    quotes()
    answer = browser().get(f"/explore/?{urlencode({'journey': journey})}")
    assert REMEDY in answer.content.decode()
    assert len(answer.context["lines"]) == Interaction.objects.count()
    program = browser().get("/api/v1/interactions/", {"journey": journey}, headers=key())
    assert program.status_code == 400
    assert REMEDY in program.content.decode()


def key() -> dict[str, str]:
    return {"authorization": f"Bearer {ApiKey.issue(f'test {ApiKey.objects.count()}', 'agent')[1]}"}


def test_a_row_that_is_half_filled_in_is_kept_and_said_to_be_wrong() -> None:
    quotes()
    rows = {"then1_what": "page", "then1_value": "", "then1_within": "soon", "then1_unit": "minute"}
    said = browser().get(f"/explore/?{urlencode(rows)}").content.decode()
    assert "Journey: within, in seconds, have to be a whole number" in said
    assert 'value="soon"' in said


@pytest.mark.parametrize("value", ["a\tb", "1e-9", "", "x" * 300])
def test_what_is_filled_in_and_cannot_be_written_is_said(value: str) -> None:
    for what in ("page", "worth"):
        rows = {"then1_what": what, "then1_value": value, "then1_within": "3", "then1_unit": "day"}
        asked = asked_of(urlencode(rows))
        assert asked_of(asked.query).query == asked.query
        assert asked.query or asked.wrong["journey"]


def test_the_api_asks_for_it_too() -> None:
    quotes()
    asked = {"journey": f"{NOT_BOUGHT}; {CALLED}", "path": "/quote"}
    answer = browser().get("/api/v1/interactions/", asked, headers=key())
    assert [one["key"] for one in answer.json()["results"]] == ["cara"]


@pytest.mark.parametrize(
    "text",
    [
        "call within 1 minute",
        "not before page:/a;b within 3 days/ within 90 days; worth:-99.50 within 2159 hours; visit within 61 minutes",
        "outcome:missed within 1 day; mood:annoyed within 1 hour; not product:Sea view, 2 within 2 hours",
        "page:/of/ben@example.com within 7 days",
    ],
)
def test_it_is_written_as_it_is_read(text: str) -> None:
    assert str(read_course(text)) == text


def test_a_merge_makes_one_journey_of_two_halves() -> None:
    recorded([page(NOON, "Quote", CARA, key="cara")], source("website"))
    recorded([call(NOON + timedelta(days=1), CARA_PHONE)], source("phone line", "twilio", is_trusted=True))
    assert found(after(CALLED, path="/quote")) == []
    recorded([identify(NOON + timedelta(days=2), CARA, CARA_PHONE)], source("website"))
    assert found(after(CALLED, path="/quote")) == ["cara"]


def test_browsing_that_is_withheld_is_no_step() -> None:
    quotes()
    asked = after("before page:/quote within 7 days", channel="call")
    Identifier.objects.filter(value=CARA.value).update(is_withheld=True)
    assert found(asked) == ["bens"]


def test_what_is_hidden_is_no_step_but_for_who_sets_what_is() -> None:
    quotes()
    recorded([mail(NOON + timedelta(minutes=5), "My divorce", "It is final", Seen("phone", CARA_PHONE.value), key="m")])
    recorded([page(NOON + timedelta(minutes=6), "Divorce", CARA, key="d")], source("website"))
    after_words = after("page:/divorce within 1 hour", path="/quote")
    assert found(after_words) == ["cara"]
    hides = Topic("Divorce", ("divorce*",), Disclosure.HIDDEN)
    content = type(DEFAULT)(DEFAULT.classes, DEFAULT.instead, (hides,), DEFAULT.masked).content
    DisclosureChange.objects.create(content=content, said="added the topic Divorce", actor=None)
    assert found(after_words) == []
    assert found(after("page:/div* within 1 hour", path="/quote")) == []
    assert found(after("not page:/divorce within 1 hour", path="/quote", tab="customers")) != []
    assert found(after_words, "admin") == ["cara"]


def test_a_marketer_finds_nobody_by_a_step_that_names_them() -> None:
    quotes()
    recorded([identify(NOON, CARA, CARA_PHONE, given_name="Cara", surname="Whitfield")], source("website"))
    recorded(
        [page(NOON + timedelta(minutes=1), "X", CARA, url="https://www.example.com/of/whitfield")], source("website")
    )
    asked = after("page:/of/whitfield within 1 hour", path="/quote")
    assert found(asked) == ["cara"]
    assert found(asked, "marketer") == []
    assert customer_of("cookie", CARA.value)
