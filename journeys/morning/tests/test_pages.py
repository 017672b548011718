"""The page of every morning: the figures of a day as they were recorded, for each side of the walls, and its files."""

import csv
import io
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from crm.identity.merging import merge
from crm.identity.models import Identifier
from crm.privacy.models import ApiKey
from crm.privacy.tests.signing import signed_in
from journeys.attribution.kept import CountedDay
from journeys.attribution.models import Conversion, ConversionDefinition
from journeys.attribution.recounting import recount
from journeys.attribution.tests.test_reports import MAIL, SEARCH, bought
from journeys.attribution.working import work
from journeys.interactions.drafts import Seen
from journeys.morning.counting import count
from journeys.morning.models import MorningDay
from journeys.morning.tests.factories import day, quiet_weeks, yesterday
from journeys.tests.factories import call, customer_of, page, recorded, user

pytestmark = pytest.mark.django_db


def at(hour: int, back: int = 1) -> datetime:
    """An hour of yesterday, or of another day before."""
    return timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(days=back), time(hour)))


def visited(who: str, hour: int, back: int = 1, **more: Any) -> None:
    recorded([page(at(hour, back), "Winter sun", Seen("cookie", who), **more)])


def rang(who: str, hour: int, **more: Any) -> None:
    recorded([call(at(hour), Seen("cookie", who), **more)])


def counted() -> None:
    work(5)
    while recount(5, is_patient=False) or count(5):
        pass


def figures(client: Client | None = None, **asked: str) -> dict[str, str]:
    """The file of the day: by figure, what it is."""
    lines = table("figures", client, **asked)
    return {line["Figure"]: line["On the day"] for line in lines}


def table(what: str, client: Client | None = None, **asked: str) -> list[dict[str, str]]:
    answer = (client or signed_in("marketer")).get(f"/morning/files/{what}/", asked)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def shown(**asked: str) -> str:
    return " ".join(signed_in("marketer").get("/morning/", asked).content.decode().split())


@pytest.fixture
def busy_day() -> None:
    """Anna came by search and rang twice, once in vain; Ben came by mail and bought."""
    visited("anna", 9, campaign=SEARCH)
    rang("anna", 10)
    rang("anna", 11, outcome="missed", status="no-answer")
    visited("ben", 12, campaign=MAIL)
    bought("ben", (timezone.now() - at(13)) / timedelta(days=1), "250", "GBP")
    counted()


def test_a_day_is_told_as_it_was(busy_day: None) -> None:
    assert figures() == {
        "Journeys": "2", "Visits": "2", "Calls": "2", "Calls not answered": "1", "Conversions online": "1",
        "Conversions by phone": "0", "Revenue online, GBP": "250", "Revenue by phone, GBP": "0",
    }  # fmt: skip
    assert "with too little to compare with: 0 of the last eight" in shown()


def test_what_rings_is_who_came_by_it_and_called_afterwards(busy_day: None) -> None:
    rows = table("campaign")
    assert [(row["Name"], row["Days"], row["Journeys"], row["Of them called"], row["Calls"]) for row in rows] == [
        ("winter", "1", "1", "1", "2"), ("winter", "7", "1", "1", "2")
    ]  # fmt: skip
    assert "campaign=winter" in shown()
    assert [row["Name"] for row in table("group")] == ["Paid Search", "Paid Search"]


def test_news_stands_first_and_chance_is_said_to_be_chance() -> None:
    quiet_weeks(yesterday())
    day(yesterday(), people=100, visits=250, calls=52)
    said = shown()
    assert "<li>Visits: 250, about 108 % more than on the last eight" in said
    assert "no more or fewer than usually varies (95 %: " in said
    assert "<li>Calls" not in said


def test_another_day_can_be_asked_for_and_one_that_is_not_over_cannot() -> None:
    quiet_weeks(yesterday(), weeks=1)
    day(yesterday(), calls=7)
    before = yesterday() - timedelta(days=3)
    assert figures(day=str(before))["Calls"] == "50"
    assert figures(day=str(timezone.localdate() + timedelta(days=9)))["Calls"] == "7"
    assert figures(day="no day")["Calls"] == "7"
    assert "The first day that is counted is" in shown(day="2020-01-01")
    assert "Nothing is counted of this day" in shown(day="0001-01-01")


def test_a_new_installation_says_what_to_do() -> None:
    assert "Nothing is counted yet." in shown()
    assert "Connect a source" in signed_in("admin").get("/morning/").content.decode()


def test_a_marketer_lands_here_and_others_where_their_work_is() -> None:
    assert signed_in("marketer").get("/").headers["Location"] == "/morning/"
    assert signed_in("lead").get("/").headers["Location"] == "/customers/"


def test_walls_part_figures() -> None:
    day(yesterday(), calls=5)
    day(yesterday(), "lagoon", calls=20, rings={"day": {"campaign": {"reef": [9, 3, 4]}}, "week": {}})
    day(yesterday(), "harbour", calls=100)
    assert figures()["Calls"] == "5"
    assert "reef" not in shown()
    User.objects.get(username="marketer").groups.add(Group.objects.create(name="brand:lagoon"))
    assert figures()["Calls"] == "25"
    assert "reef" in shown()
    assert figures(signed_in("admin"))["Calls"] == "125"


def test_browsing_that_somebody_does_not_want_looked_at_is_not_counted(busy_day: None) -> None:
    Identifier.objects.filter(kind="cookie", value="ben").update(is_withheld=True)
    counted()
    found = figures()
    assert (found["Journeys"], found["Visits"], found["Calls"]) == ("1", "1", "2")


def test_a_merge_makes_two_customers_one(busy_day: None) -> None:
    assert figures()["Journeys"] == "2"
    merge(customer_of("cookie", "anna"), customer_of("cookie", "ben"), user("admin"))
    counted()
    assert figures()["Journeys"] == "1"


def test_what_has_changed_since_is_said(busy_day: None) -> None:
    assert "Something of this day changed" not in shown()
    CountedDay.objects.filter(day=yesterday()).update(stale_since=timezone.now())
    assert "Something of this day changed" in shown()


def test_a_stage_on_the_way_is_no_conversion(busy_day: None) -> None:
    Conversion.objects.update(definition=ConversionDefinition.objects.create(name="A quote", channel="web"))
    counted()
    assert any(one.sold for one in MorningDay.objects.all())
    ConversionDefinition.objects.update(stage="lead")
    counted()
    assert not any(one.sold for one in MorningDay.objects.all())


def test_counting_again_changes_nothing(busy_day: None) -> None:
    def rows() -> list[Any]:
        return list(MorningDay.objects.order_by("day", "brand").values("day", "brand", "people", "sold", "rings"))

    before = rows()
    CountedDay.objects.update(counted_at=timezone.now())
    count(5)
    assert rows() == before


def test_the_api_tells_the_same(busy_day: None) -> None:
    _, key = ApiKey.issue("reports", "marketer")
    headers = {"Authorization": f"Bearer {key}"}
    told = Client().get("/api/v1/morning/", headers=headers).json()
    assert {one["name"]: f"{one['value']:.10g}" for one in told["figures"]} == figures()
    assert [one["name"] for one in told["rings"] if one["by"] == "campaign"] == ["winter", "winter"]
    assert Client().get("/api/v1/morning/?day=2020-01-01", headers=headers).status_code == 404
    assert Client().get("/api/v1/morning/?day=2999-01-01", headers=headers).status_code == 400


def test_a_campaign_that_is_called_as_a_formula_is_harmless_in_the_file() -> None:
    day(yesterday(), calls=1, rings={"day": {"campaign": {"=1+1": [2, 1, 1]}}, "week": {}})
    assert table("campaign")[0]["Name"] == "'=1+1"


def test_four_weeks_of_a_figure_are_a_file() -> None:
    quiet_weeks(yesterday())
    day(yesterday(), calls=52)
    rows = table("calls")
    assert len(rows) == 28
    assert rows[-1]["Figure"] == "52"
    assert float(rows[-1]["Usual from"]) < 50 < float(rows[-1]["Usual to"])
    assert signed_in("marketer").get("/morning/files/nonsense/").status_code == 404


def test_the_blind_spots_of_four_weeks_stand_beside_with_the_way_to_them(busy_day: None) -> None:
    client, today = signed_in("marketer"), str(yesterday())
    assert "/morning/blind-spots/?day=" + today in client.get("/morning/").content.decode()
    said = " ".join(client.get("/morning/blind-spots/").content.decode().split())
    since = yesterday() - timedelta(days=27)
    assert f"/blind-spots/?since={since}&amp;until={today}#calls" in said
    assert "of 1 callers have browsing of theirs beside the call (1)." in said
    assert signed_in("agent").get("/morning/blind-spots/").status_code == 403
