"""What campaigns cost: files that are looked at, taken in and undone; what a conversion cost, and what came back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from crm.privacy.tests.signing import signed_in
from crm.sources.brands import make
from journeys.attribution import reporting
from journeys.attribution.cost_taking import spent
from journeys.attribution.models import Conversion
from journeys.attribution.reporting import NOTHING_EARNED, OTHERS, Asked, report
from journeys.attribution.spending import Cost, CostFile
from journeys.attribution.tests.test_reports import MAIL, SEARCH, bought, counted, shown, table, visited

pytestmark = pytest.mark.django_db
HEADER = "day,campaign,cost,currency,clicks,impressions\n"


@pytest.fixture
def marketer() -> Client:
    return signed_in("marketer")


def day(ago: int) -> str:
    return str(timezone.localdate() - timedelta(days=ago))


def handed_in(client: Client, text: str | bytes) -> CostFile:
    content = text.encode() if isinstance(text, str) else text
    answer = client.post("/attribution/costs/", {"file": SimpleUploadedFile("costs.csv", content)})
    assert answer.status_code == 302, answer.content.decode()
    return CostFile.objects.latest("pk")


def taken_in(client: Client, text: str | bytes) -> CostFile:
    file = handed_in(client, text)
    client.post(f"/attribution/costs/{file.pk}/", {"act": "take"})
    return file


def cost_of(name: str, dimension: str = "campaign", currency: str = "EUR") -> Decimal | None:
    today = timezone.localdate()
    found = spent(dimension, currency, today - timedelta(days=30), today).get(name)
    return found.cost if found else None


@pytest.fixture
def sales() -> Conversion:
    """Two sales: one that search began and the newsletter ended, one of search alone."""
    visited("anna", 5, SEARCH)
    visited("anna", 3, MAIL)
    bought("anna", 2)
    visited("ben", 4, SEARCH)
    sale = bought("ben", 1, "60")
    counted()
    return sale


def test_a_conversion_costs_what_was_spent_and_what_came_back_is_said(marketer: Client, sales: Conversion) -> None:
    taken_in(marketer, f"{HEADER}{day(5)},winter,30,EUR,7,100\n{day(4)},winter,10,EUR,3,\n{day(3)},sun,5,EUR,,\n")
    found = table(dimension="campaign", a="first", b="last")
    assert found["winter"][7:] == ["40.00", "10", "20.00", "40.00", "4.00", "1.50"]
    assert found["sun"][7:] == ["5.00", "0", "", "5.00", "0.00", "20.00"]
    page = shown(dimension="campaign", a="first", b="last")
    assert "20.00 / 40.00" in page
    assert "none / 5.00" in page


def test_a_campaign_that_cost_money_and_earned_nothing_stands_in_the_report(
    marketer: Client, sales: Conversion
) -> None:
    taken_in(marketer, f"{HEADER}{day(5)},winter,30,EUR,7,100\n{day(4)},nobody came,99,EUR,3,\n")
    found = table(dimension="campaign", a="first", b="last")
    assert found["nobody came"][:4] == ["0.00"] * 4
    assert found["nobody came"][6:] == [NOTHING_EARNED, "99.00", "3", "", "", "0.00", "0.00"]
    assert '<td class="num" data-head="Cost">129.00</td>' in shown(dimension="campaign", a="first", b="last")


def test_what_rare_campaigns_cost_stands_where_their_conversions_do(
    marketer: Client, sales: Conversion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "MOST", 1)
    taken_in(marketer, f"{HEADER}{day(5)},winter,30,EUR,7,100\n{day(3)},sun,5,EUR,,\n")
    found = table(dimension="campaign", a="first", b="last")
    assert {name: figures[7] for name, figures in found.items()} == {"winter": "30.00", OTHERS: "5.00"}


def test_nothing_counts_before_a_yes_and_nothing_after_an_undo(marketer: Client) -> None:
    file = handed_in(marketer, f"{HEADER}{day(1)},winter,30,EUR,7,100\n")
    address = f"/attribution/costs/{file.pk}/"
    assert "Nothing counts yet" in marketer.get(address).content.decode()
    assert cost_of("winter") is None
    marketer.post(address, {"act": "take"})
    assert cost_of("winter") == 30
    assert "Its costs count no more" in marketer.post(address, {"act": "undo"}, follow=True).content.decode()
    assert cost_of("winter") is None
    marketer.post(address, {"act": "take"})
    assert cost_of("winter") == 30


def test_of_two_files_of_a_day_the_later_one_counts_and_money_is_of_one_currency(marketer: Client) -> None:
    taken_in(marketer, f"{HEADER}{day(2)},winter,30,EUR,,\n{day(1)},winter,30,EUR,,\n{day(1)},winter,9,GBP,,\n")
    taken_in(marketer, f"{HEADER}{day(1)},winter,12.50,EUR,,\n")
    assert cost_of("winter") == Decimal("42.50")
    assert cost_of("winter", currency="GBP") == 9


@pytest.mark.parametrize(
    "text",
    [
        "day;source;medium;cost;currency\r\n{day};google;cpc;12.5;eur\r\n",
        "\ufeffDay,Source,Medium,Cost,Currency\n{day},google,cpc,12.50,EUR\n",
    ],
)
def test_a_file_is_read_however_it_was_saved(marketer: Client, text: str) -> None:
    taken_in(marketer, text.format(day=day(1)))
    assert cost_of("google / cpc", "source") == Decimal("12.50")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("27.11.2026,winter,1,EUR,,", "give one such as 2026-11-27"), ("2026-11-27,,1,EUR,,", "it names nothing"),
        ("2026-11-27,=1+1,1,EUR,,", "is a formula"), ("2026-11-27,winter,-1,EUR,,", "give an amount such as 1234.50"),
        ("2026-11-27,winter,=1,EUR,,", "give an amount"), ("2026-11-27,winter,1,€,,", "currency is three letters"),
        ("2026-11-27,winter,1,EUR,many,", "whole numbers"), ("2026-11-27,winter,1", "it has 3 columns"),
        ("2026-11-26,sun,2,EUR,,", "add them up"), ("9999-11-26,winter,1,EUR,,", "its day is yet to come"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_exactly_is_left_out_and_says_why(marketer: Client, line: str, why: str) -> None:
    told = f"2026-11-26,sun,1,EUR,,\n{line}\n".replace("2026-11-26", day(2)).replace("2026-11-27", day(1))
    file = handed_in(marketer, f"{HEADER}{told}")
    page = marketer.get(f"/attribution/costs/{file.pk}/").content.decode()
    assert "Line 3: " in page
    assert why in page
    assert Cost.objects.get().name == "sun"


def test_what_is_no_such_file_is_refused_with_the_remedy(marketer: Client) -> None:
    answer = marketer.post("/attribution/costs/", {"pasted": "day,name\n2026-11-27,winter\n"})
    assert answer.status_code == 400
    assert "the first line names the columns: day, campaign" in answer.content.decode()
    assert "choose a file" in marketer.post("/attribution/costs/", {}).content.decode()
    assert not CostFile.objects.exists()


def test_who_may_only_look_takes_nothing_in() -> None:
    assert signed_in("lead").post("/attribution/costs/", {"pasted": HEADER}).status_code == 403


BRANDED = "day,campaign,cost,currency,brand\n"


def of_lagoon() -> Client:
    client = signed_in("marketer")
    User.objects.get(username="marketer").groups.add(Group.objects.get(name="brand:lagoon"))
    return client


def spent_by(brands: list[str] | None) -> Decimal | None:
    today = timezone.localdate()
    found = spent("campaign", "EUR", today - timedelta(days=30), today, brands).get("winter")
    return found.cost if found else None


@pytest.fixture
def brands() -> None:
    make("Lagoon", None)
    make("Fjord", None)


def test_the_reports_of_a_brand_divide_by_its_own_costs_and_those_of_the_whole_business(brands: None) -> None:
    taken_in(
        signed_in("admin"),
        f"{BRANDED}{day(1)},winter,30,EUR,lagoon\n{day(1)},winter,5,EUR,FJORD\n{day(1)},winter,1,EUR,\n",
    )
    assert [spent_by(one) for one in (None, ["lagoon"], ["fjord"], [])] == [36, 31, 6, 1]


def test_a_report_of_one_brand_has_its_own_costs(brands: None, sales: Conversion) -> None:
    taken_in(signed_in("admin"), f"{BRANDED}{day(5)},winter,30,EUR,lagoon\n{day(5)},winter,8,EUR,fjord\n")
    asked = Asked(timezone.localdate() - timedelta(days=30), timezone.localdate(), "campaign", currency="EUR")
    costs = [{line.name: line.spent.cost for line in report(asked, of).lines if line.spent} for of in (["fjord"], None)]
    assert costs == [{"winter": 8}, {"winter": 38}]


def test_who_is_of_one_brand_hands_in_its_costs_and_no_others(brands: None) -> None:
    client = of_lagoon()
    file = taken_in(client, f"{BRANDED}{day(1)},winter,30,EUR,\n{day(1)},sun,5,EUR,fjord\n")
    assert [(one.name, one.brand) for one in Cost.objects.all()] == [("winter", "lagoon")]
    assert file.refused == [[3, "“fjord” is no brand of yours; give one of lagoon"]]
    assert [spent_by([one]) for one in ("fjord", "lagoon")] == [None, 30]


def test_the_files_of_another_brand_are_not_there_and_those_of_all_are_not_theirs_to_undo(brands: None) -> None:
    admin = signed_in("admin")
    theirs = taken_in(admin, f"{BRANDED}{day(1)},winter,30,EUR,fjord\n")
    common = taken_in(admin, f"{BRANDED}{day(1)},winter,30,EUR,\n")
    client = of_lagoon()
    assert client.get(f"/attribution/costs/{theirs.pk}/").status_code == 404
    assert f"/attribution/costs/{theirs.pk}/" not in client.get("/attribution/costs/").content.decode()
    assert "somebody who sees all of them decides" in client.get(f"/attribution/costs/{common.pk}/").content.decode()
    client.post(f"/attribution/costs/{common.pk}/", {"act": "undo"})
    common.refresh_from_db()
    assert common.state == "in force"


def test_who_is_of_no_brand_is_told_to_ask_for_one(brands: None) -> None:
    file = handed_in(signed_in("marketer"), f"{BRANDED}{day(1)},winter,30,EUR,\n")
    assert file.refused == [[2, "costs are told by brand here, and none is yours; ask an admin for one"]]


def test_where_there_are_no_brands_a_file_names_none(marketer: Client) -> None:
    file = handed_in(marketer, f"{BRANDED}{day(1)},winter,30,EUR,lagoon\n{day(1)},sun,5,EUR,\n")
    assert file.refused == [[2, "it names a brand, and there are none; leave the column out"]]
    assert "brand</code>" not in marketer.get("/attribution/costs/").content.decode()
