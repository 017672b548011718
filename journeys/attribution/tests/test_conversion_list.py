"""The list of all conversions: filters, pages that leave nothing out, the walls, and who is named."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.identity.models import Customer, Identifier
from crm.privacy.tests.signing import signed_in
from journeys.attribution import conversion_finding
from journeys.attribution.models import Conversion, ConversionDefinition
from journeys.attribution.tests.test_reports import bought, visited

pytestmark = pytest.mark.django_db


def listed(role: str = "marketer", **asked: Any) -> list[int]:
    """The numbers of the conversions on all pages, in their order."""
    client, found = signed_in(role), list[int]()
    address = client.get("/conversions/list/", asked).content.decode()
    while True:
        found += map(int, re.findall(r"/conversions/(\d+)/", address))
        following = re.search(r'href="(/conversions/list/\?[^"]*before=[^"]*)"', address)
        if not following:
            return found
        address = client.get(following[1].replace("&amp;", "&")).content.decode()


@pytest.fixture
def conversions() -> list[Conversion]:
    """Twelve sales of two customers, the newest first."""
    visited("anna", 20)
    visited("ben", 20)
    return [bought("anna" if at % 2 else "ben", at + 1, str(10 * (at + 1))) for at in range(12)]


@pytest.mark.parametrize(("page", "window"), [(5, 5_000), (5, 4), (50, 3), (1, 1)])
def test_pages_leave_nothing_out_and_nothing_stands_twice(
    conversions: list[Conversion], monkeypatch: pytest.MonkeyPatch, page: int, window: int
) -> None:
    monkeypatch.setattr(conversion_finding, "PAGE", page)
    monkeypatch.setattr(conversion_finding, "LOOKED_AT", window)
    assert listed() == [one.pk for one in conversions]
    assert listed(least="95") == [one.pk for one in conversions if one.value >= 95]


def test_they_are_found_by_day_worth_and_what_they_were(conversions: list[Conversion]) -> None:
    since, until = (timezone.localdate() - timedelta(days=days) for days in (4, 3))
    within = [one.pk for one in conversions if since <= timezone.localdate(one.at) <= until]
    assert len(within) == 2
    assert listed(since=str(since), until=str(until)) == within
    made = ConversionDefinition.objects.create(name="Orders", channel="web", events=["Order Completed"])
    Conversion.objects.filter(pk=conversions[0].pk).update(definition=made, kind="defined")
    assert listed(what=f"d{made.pk}") == [conversions[0].pk]
    assert conversions[0].pk not in listed(what="sale")
    assert len(listed(what="sale")) == 11


@pytest.mark.parametrize(
    "asked",
    [{"since": "soon"}, {"least": "much"}, {"least": "NaN"}, {"what": "d0"}, {"before": "x.y"}, {"before": "9"}],
)
def test_what_cannot_be_read_is_not_asked(conversions: list[Conversion], asked: dict[str, str]) -> None:
    assert len(listed(**asked)) == 12


def test_what_was_taken_back_or_is_behind_a_wall_is_not_there(conversions: list[Conversion]) -> None:
    Conversion.objects.filter(pk=conversions[0].pk).update(withdrawn_at=timezone.now())
    Customer.objects.filter(identifiers__value="ben").update(brand="other")
    assert listed() == [one.pk for at, one in enumerate(conversions) if at % 2]
    assert len(listed("admin")) == 11


def test_a_marketer_reads_no_name(conversions: list[Conversion]) -> None:
    Identifier.objects.filter(value="anna").update(kind="email", value="anna@example.com")
    assert "anna" not in signed_in("marketer").get("/conversions/list/").content.decode()


def test_an_empty_list_says_what_to_do() -> None:
    client = signed_in("marketer")
    assert "No conversion yet that you may see" in client.get("/conversions/list/").content.decode()
    assert "No conversion has that" in client.get("/conversions/list/?least=5").content.decode()
