"""The graph as a page, a file and an answer of the API, and the customers behind each of its flows."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from crm.identity.models import Customer, Identifier
from crm.privacy.models import ApiKey
from crm.privacy.tests.signing import signed_in
from crm.sources.brands import let_in
from crm.sources.models import Brand, Source
from journeys.interactions.drafts import Seen
from journeys.interactions.models import Interaction
from journeys.paths.models import Step
from journeys.paths.tests.test_packing import event, kept
from journeys.segments.models import CustomerSegment, Member
from journeys.tests.factories import ANNAS_COOKIE, ANNAS_LOGIN, ANNAS_PHONE, call, identify, page, recorded, user

pytestmark = pytest.mark.django_db


def ago(minutes: float, days: float = 9) -> Any:
    return timezone.now() - timedelta(days=days, minutes=minutes)


@pytest.fixture(autouse=True)
def three() -> None:
    """Three look at quotes: one calls, one goes back and forth, one does nothing more."""
    recorded([identify(ago(99), ANNAS_COOKIE, ANNAS_PHONE, ANNAS_LOGIN)])
    recorded([page(ago(30), "Home"), page(ago(20), "Quote"), call(ago(10))])
    tom, una = Seen("cookie", "c-tom"), Seen("cookie", "c-una")
    recorded([page(ago(30 - n), title, tom) for n, title in enumerate(("Home", "Quote", "Cabins", "Quote", "Quote"))])
    recorded([page(ago(5), "Quote", una)])
    kept()


def shown(role: str = "marketer", **asked: Any) -> str:
    answer = signed_in(role).get("/paths/", asked)
    assert answer.status_code == 200
    return str(answer.content.decode())


def file(**asked: Any) -> list[list[str]]:
    answer = signed_in("marketer").get("/paths/file/", asked)
    return list(csv.reader(io.StringIO(answer.getvalue().decode())))[1:]


def flows(**asked: Any) -> dict[tuple[str, str, str], int]:
    return {(place, one, other): int(count) for place, one, other, count, *_ in file(step="/quote", **asked)}


def test_it_says_what_led_to_a_step_and_what_came_after_it() -> None:
    assert flows(deep=1) == {
        ("-1", "/home", "/quote"): 2, ("-1", "nothing", "/quote"): 1,
        ("1", "/quote", "Call answered"): 1, ("1", "/quote", "/cabins"): 1, ("1", "/quote", "nothing"): 1,
    }  # fmt: skip
    assert set(flows(deep=1, way="out")) == {key for key in flows(deep=1) if key[0] == "1"}
    text = shown(step="/quote")
    assert "<b>3 customers</b> took this step" in text
    assert "Call answered" in text


def test_without_a_step_it_is_of_the_call() -> None:
    assert "<b>Call answered</b>" in shown()


def test_a_step_that_was_never_there_is_said_and_others_are_offered() -> None:
    text = shown(step="/nowhere")
    assert "There is no step called “/nowhere”" in text
    assert "/paths/?step=%2Fquote" in text
    assert "No step is known" in shown(since="2020-01-01", until="2020-01-02")


@pytest.mark.parametrize(
    "asked",
    [{"since": "2030-01-01", "until": "1999-12-31"}, {"deep": "99"}, {"since": "x", "way": "up", "segment": "-1"},
     {"until": "0001-01-01"}, {"step": "x" * 500}, {"compare": "segment"}, {"segment": "999999"}],
)  # fmt: skip
def test_what_cannot_be_read_is_as_if_not_asked(asked: dict[str, str]) -> None:
    assert "Paths" in shown(**asked)


def test_two_steps_of_one_name_are_told_apart() -> None:
    recorded([event(ago(4), "/quote")])
    kept()
    text = shown(step="/quote (page)")
    assert "<b>3 customers</b>" in text
    assert "/quote (event)" in text


def test_what_is_done_several_times_in_a_row_is_one_step_unless_told_otherwise() -> None:
    assert ("3", "/quote", "/quote") in flows(repeats="each")
    assert ("3", "/quote", "/quote") not in flows()
    assert "took /quote several times in a row" in shown(step="/quote")
    assert ["/quote", "/cabins", "1", "1"] in file(step="/quote", table="loops")


def test_the_most_frequent_paths_and_where_nothing_more_came() -> None:
    rows = file(step="/quote", table="paths", deep=1, way="into")
    assert rows[0] == ["What led to it", "/home → /quote", "2", "66.67"]
    assert file(step="/quote", table="dropoff")[0][:4] == ["after /quote", "3", "1", "33.33"]


def test_where_seven_days_are_not_over_nobody_says_that_nothing_came() -> None:
    recorded([page(ago(1, days=1), "Late", Seen("cookie", "c-late"))])
    kept()
    assert file(step="/late", way="out", deep=1)[0][:4] == ["1", "/late", "nothing yet", "1"]
    assert file(step="/late", table="dropoff")[0][1:3] == ["0", "0"]
    assert "the seven days are not over" in shown(step="/late")


def test_what_did_not_come_yet_is_compared_with_nothing() -> None:
    recorded([page(ago(1, days=1), "Late", Seen("cookie", "c-late"))])
    kept()
    asked: dict[str, Any] = {"step": "/late", "way": "out", "deep": 1, "compare": "before"}
    assert file(**asked)[0][2:4] + file(**asked)[0][7:] == ["nothing yet", "1", *[""] * 6]
    assert [one["difference"] for one in called_api(**asked)["flows"]] == [None]
    text = shown(**asked)
    assert "not compared" in text
    assert "are not over (1 of 1 here, 0 of 0 beside it), something may still come" in text


def test_the_rarer_ways_stand_below_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "rarer way" not in shown(step="/quote")
    every = len(file(step="/quote"))
    monkeypatch.setattr("journeys.paths.picturing.SHOWN", 2)
    assert f"{every - 2} rarer ways" in shown(step="/quote")
    assert len(file(step="/quote")) == every


def test_a_segment_and_the_time_before_stand_beside_it_with_an_interval() -> None:
    anna = Identifier.objects.get(value=ANNAS_COOKIE.value).customer_id
    segment = CustomerSegment.objects.create(name="Callers", definition={"steps": []})
    Member.objects.create(segment=segment, customer_id=anna, since=timezone.now())
    assert flows(deep=1, segment=segment.pk, way="out") == {("1", "/quote", "Call answered"): 1}
    beside = shown(step="/quote", compare="segment", other=segment.pk, deep=1)
    assert "1 customer of the other segment" in beside
    assert "1 (100.0 %)" in beside
    assert "Beside it: 0 customers between" in shown(step="/quote", compare="before")


def test_what_stands_beside_it_is_in_the_file_and_the_api_with_the_figures_of_the_page() -> None:
    anna = Identifier.objects.get(value=ANNAS_COOKIE.value).customer_id
    segment = CustomerSegment.objects.create(name="Callers", definition={"steps": []})
    Member.objects.create(segment=segment, customer_id=anna, since=timezone.now())
    asked: dict[str, Any] = {"step": "/quote", "compare": "segment", "other": segment.pk, "deep": 1, "way": "out"}
    (row,) = [one for one in file(**asked) if one[2] == "Call answered"]
    assert row[3:5] + row[7:10] == ["1", "33.33", "1", "1", "100.00"]
    points, low, high = row[10:]
    assert points == "-66.67"
    assert float(low) < -66.67 < float(high)
    told = called_api(**asked)
    assert told["beside"]["segment"] == segment.pk
    assert told["beside"]["journeys"] == 1
    (flow,) = [one for one in told["flows"] if one["to_step"] == "Call answered"]
    assert {name: f"{value:.2f}" for name, value in flow["difference"].items()} == {
        "journeys": "1.00", "percent": "100.00", "points": points, "low": low, "high": high,
    }  # fmt: skip
    shows = shown(**asked)
    assert "−66.7" in shows
    assert "({low:+.1f} to {high:+.1f})".format(**flow["difference"]).replace("-", "−") in shows


def test_beside_the_time_before_the_file_says_that_nobody_was_there() -> None:
    assert {tuple(one[7:10]) for one in file(step="/quote", compare="before")} == {("0", "0", "0.00")}
    before = called_api(step="/quote", compare="before")["beside"]
    assert before["until"] < str(ago(0).date())
    assert before["journeys"] == 0
    assert len(file(step="/quote")[0]) == 7


def called_api(**asked: Any) -> Any:
    _, key = ApiKey.issue("report", "integration", scopes=["attribution:read"])
    return Client(headers={"authorization": f"Bearer {key}"}).get("/api/v1/paths/", asked).json()


def test_who_went_one_way_is_a_list_of_pseudonyms_that_leads_to_journeys() -> None:
    anna = Customer.objects.get(identifiers__value=ANNAS_COOKIE.value)
    marketer = signed_in("marketer")
    quote, called = (Step.objects.get(name=name).pk for name in ("/quote", "Call answered"))
    asked: dict[str, Any] = {"step": "/quote", "place": 1, "source": quote, "target": called}
    text = marketer.get("/paths/who/", asked).content.decode()
    assert "1 customer<" in text
    assert f"Customer {str(anna.public_id)[:8]}" in text
    assert f"/customers/{anna.public_id}/" in text
    looked = Interaction.objects.filter(identifier__value=ANNAS_COOKIE.value, channel="web").latest("occurred_at")
    assert f"{timezone.localtime(looked.occurred_at):%-d %b %Y, %H:%M}" in text
    assert "anna" not in text.replace("annas", "")
    assert marketer.get(f"/customers/{anna.public_id}/").status_code == 200
    nobody = marketer.get("/paths/who/", asked | {"after": 10**12}).content.decode()
    assert "Nobody went this way" in nobody
    assert "Nobody went this way" in marketer.get("/paths/who/?place=x&source=%C2%B2").content.decode()


def test_a_brands_people_see_their_own_and_what_is_of_no_brand() -> None:
    lagoon, walled = Brand.objects.create(name="Lagoon", word="lagoon"), Source(name="lagoon shop", adapter="segment")
    walled.settle("", lagoon)
    walled.save()
    visitor = Seen("cookie", "c-lagoon")
    recorded([page(ago(3), "Quote", visitor), page(ago(2), "Secret", visitor)], walled)
    kept()
    assert "<b>3 customers</b>" in shown(step="/quote")
    assert "/secret" not in shown(step="/quote")
    theirs, browser = user("marketer"), Client()
    let_in(lagoon, theirs, None)
    browser.force_login(theirs)
    text = browser.get("/paths/", {"step": "/quote"}).content.decode()
    assert "<b>4 customers</b>" in text
    assert "/secret" in text


def test_what_consent_left_out_is_told_in_tens_of_everybody_and_never_across_walls() -> None:
    lagoon, walled = Brand.objects.create(name="Lagoon", word="lagoon"), Source(name="lagoon shop", adapter="segment")
    walled.settle("", lagoon)
    walled.save()
    for name, pages in (("c-rob", 26), *((f"c-{n}", 1) for n in range(9))):
        recorded([page(ago(n), f"Page {n}", Seen("cookie", name)) for n in range(pages)])
    recorded([page(ago(n), f"Page {n}", Seen("cookie", "c-lagoon")) for n in range(15)], walled)
    kept()
    told = "Left out of this period for want of consent:"
    few = f"{told} no steps, or those of fewer than 10 customers,"
    for name in ("c-lagoon", "c-rob", *(f"c-{n}" for n in range(8))):
        assert few in shown(step="/quote"), name
        Identifier.objects.filter(value=name).update(is_withheld=True)
    assert few in shown(step="/quote")
    Identifier.objects.filter(value="c-8").update(is_withheld=True)
    segment = CustomerSegment.objects.create(name="Nobody", definition={"steps": []})
    for asked in ({"step": "/quote"}, {"step": "/home"}, {"segment": segment.pk}):
        assert f"{told} about 30 steps" in shown(**asked)
    assert few in shown(since="2020-01-01", until="2020-01-02")
    assert called_api(step="/quote")["withheld_steps"] == 30


def test_an_agent_has_no_business_here() -> None:
    for address in ("/paths/", "/paths/file/", "/paths/who/"):
        assert signed_in("agent").get(address).status_code == 403


def test_the_api_says_the_same() -> None:
    _, key = ApiKey.issue("report", "integration", scopes=["attribution:read"])
    client = Client(headers={"authorization": f"Bearer {key}"})
    told = client.get("/api/v1/paths/?step=/quote&deep=1").json()
    assert told["journeys"] == 3
    assert told["beside"] is told["flows"][0]["difference"] is None
    assert {(one["from_step"], one["to_step"]): one["journeys"] for one in told["flows"]}["/home", "/quote"] == 2
    assert client.get("/api/v1/paths/", {"step": "/nowhere"}).status_code == 400
    assert client.get("/api/v1/paths/", {"segment": "7"}).status_code == 400
    assert client.get("/api/v1/paths/", {"since": "2030-01-01"}).status_code == 400
    for asked in ({"compare": "segment"}, {"compare": "segment", "other": "7"}, {"compare": "before", "other": "7"}):
        assert client.get("/api/v1/paths/", asked).status_code == 400


def test_the_charts_script_comes_from_its_wheel() -> None:
    assert finders.find("plotly/plotly.min.js")
    assert finders.find("plotly/widgetbundle.js") is None
