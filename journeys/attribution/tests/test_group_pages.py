"""Rules of channel groups: tried on the last month, kept with their history, undone, and applied in the background."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.identity.models import Customer
from crm.privacy.tests.signing import signed_in
from journeys.attribution.converting import Worth, convert
from journeys.attribution.group_changes import last_change
from journeys.attribution.groups import standing_rules
from journeys.attribution.models import ChannelGroup, GroupingChange, Touchpoint
from journeys.attribution.regrouping import progress, regroup_some
from journeys.attribution.working import work
from journeys.interactions.drafts import Seen
from journeys.tests.factories import page, recorded, user
from journeys.work.deeds import Hand

pytestmark = pytest.mark.django_db
PARTNER = {"source": "holidayweigher", "medium": "comparison"}
RULE = {"group": "Comparison sites", "fact1": "source", "is1": "like", "value1": "holidayweigher, *weigh*"}


@pytest.fixture
def marketer() -> Client:
    return signed_in("marketer")


@pytest.fixture
def visits() -> None:
    """Three visits from a partner, of whom one bought, and one from nowhere."""
    at = timezone.now() - timedelta(days=2)
    for number in range(3):
        recorded([page(at, "Winter sun", Seen("cookie", f"c-{number}"), campaign=PARTNER)])
    recorded([page(at, "Winter sun", Seen("cookie", "c-direct"))])
    work(5)
    bought = Touchpoint.objects.earliest("pk").identifier_id
    convert(bought, Worth(Decimal(10), "EUR"), Hand(user()), at=at + timedelta(hours=1))


def groups() -> list[str]:
    names = dict(ChannelGroup.objects.values_list("pk", "name"))
    return sorted(names[one] for one in Touchpoint.objects.values_list("group_id", flat=True))


def saved(client: Client, *, place: int = 0, **told: Any) -> Any:
    return client.post(f"/channel-groups/{place}/", {**RULE, "act": "save", "base": last_change(), **told}, follow=True)


def test_a_rule_is_tried_on_the_last_month_before_it_holds(marketer: Client, visits: None) -> None:
    page = marketer.post("/channel-groups/0/", RULE).content.decode()
    assert "Of 4 touchpoints" in page
    assert "<b>3 would move</b>" in page
    assert "1 conversion by" in page
    assert groups() == ["Direct", "Unassigned", "Unassigned", "Unassigned"]
    assert not GroupingChange.objects.exists()


def test_a_rule_that_is_saved_moves_what_there_is_and_what_comes(marketer: Client, visits: None) -> None:
    assert "Touchpoints move in the background" in saved(marketer).content.decode()
    assert not progress().is_over
    assert "Touchpoints are moving" in marketer.get("/channel-groups/now/").content.decode()
    work(5)
    assert groups() == ["Comparison sites", "Comparison sites", "Comparison sites", "Direct"]
    assert progress().is_over
    recorded([page(timezone.now(), "Winter sun", Seen("cookie", "c-new"), campaign=PARTNER)])
    work(5)
    assert groups().count("Comparison sites") == 4


def test_who_stops_half_way_is_followed_by_another_who_goes_on(marketer: Client, visits: None) -> None:
    saved(marketer)
    assert regroup_some(limit=2)
    assert groups().count("Comparison sites") == 2
    assert not progress().is_over
    work(5)
    assert groups().count("Comparison sites") == 3


def test_the_last_change_can_be_undone(marketer: Client, visits: None) -> None:
    saved(marketer)
    work(5)
    first = GroupingChange.objects.get()
    assert (
        "Undone: Added a rule"
        in marketer.post(f"/channel-groups/changes/{first.pk}/undo/", follow=True).content.decode()
    )
    work(5)
    assert groups() == ["Direct", "Unassigned", "Unassigned", "Unassigned"]
    again = marketer.post(f"/channel-groups/changes/{first.pk}/undo/", follow=True)
    assert "undo that first" in again.content.decode()


def test_what_was_undone_can_be_done_again_and_is_called_so(marketer: Client) -> None:
    saved(marketer)
    for expected in (
        "Undone: Added a rule of Comparison sites",
        "Done again: Added a rule of Comparison sites",
        "Undone: Added a rule of Comparison sites",
    ):
        page = marketer.post(f"/channel-groups/changes/{last_change()}/undo/", follow=True).content.decode()
        assert f"{expected}." in page
        assert GroupingChange.objects.latest("pk").said == expected


def test_rules_are_asked_in_their_order_which_can_be_changed(marketer: Client) -> None:
    saved(marketer)
    before = standing_rules()
    marketer.post("/channel-groups/1/move/", {"to": "down", "base": last_change()})
    assert standing_rules()[:2] == (before[1], before[0])
    marketer.post("/channel-groups/1/move/", {"to": "up", "base": last_change()})
    assert standing_rules()[:2] == (before[1], before[0])
    marketer.post("/channel-groups/2/remove/", {"base": last_change()})
    assert standing_rules() == before[1:]
    assert marketer.post("/channel-groups/1/move/", {"to": "left"}).status_code == 400
    assert marketer.get("/channel-groups/99/").status_code == 404


def test_of_two_who_change_the_rules_at_once_the_second_is_told(marketer: Client) -> None:
    base = last_change()
    saved(marketer)
    page = saved(marketer, place=3, base=base)
    assert "Somebody changed the rules meanwhile" in page.content.decode()
    assert GroupingChange.objects.count() == 1


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"value1": " , "}, "Give a value"),
        ({"is1": "among", "value1": "shops"}, "The lists of sites are"),
        ({"fact1": "medium", "is1": "among", "value1": "search"}, "Only a source"),
        ({"value1": ",".join(map(str, range(60)))}, "at most 50"),
        ({"group": " "}, "This field is required"),
    ],
)
def test_what_cannot_be_is_said_beside_it(marketer: Client, told: dict[str, Any], said: str) -> None:
    page = saved(marketer, **told).content.decode()
    assert said in page
    assert not GroupingChange.objects.exists()


def test_a_marketer_sees_in_a_preview_only_what_their_side_of_the_walls_has(visits: None) -> None:
    Customer.objects.update(brand="lagoon")
    assert "Of 0 touchpoints" in signed_in("marketer").post("/channel-groups/0/", RULE).content.decode()
    assert "Of 4 touchpoints" in signed_in("admin").post("/channel-groups/0/", RULE).content.decode()


def test_agents_have_no_say_in_it() -> None:
    assert signed_in("agent").get("/channel-groups/").status_code == 403
