"""Admins order, change, try and undo the rules of routing on their page."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from crm.privacy.disclosure import DEFAULT
from crm.privacy.tests.signing import signed_in
from journeys.calls.models import Agent, Call, Queue, RoutingChange, RoutingRule
from journeys.calls.rehearsing import CHUNK, rehearse
from journeys.calls.rota import read_rota
from journeys.tests.factories import source, user

pytestmark = pytest.mark.django_db
OFTEN = {"fact": "calls", "is": "at least", "value": "3"}


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


@pytest.fixture
def queues() -> dict[str, Queue]:
    return {
        "general": Queue.objects.create(name="general", label="General", is_default=True),
        "care": Queue.objects.create(name="care", label="Customer care"),
    }


def rule(name: str, state: str = "live", conditions: Any = (OFTEN,), **where: Any) -> RoutingRule:
    position = RoutingRule.objects.count() + 1
    made = RoutingRule(name=name, position=position, conditions=list(conditions), **where)
    made.state = state
    made.save()
    return made


def filled(queue: Queue, **changed: str) -> dict[str, str]:
    told = {"name": "Calls often", "state": "shadow", "sends_to": f"queue:{queue.pk}", "level": "1", "timeout": "20",
            "next_queue": "", "fact1": "calls", "is1": "at least", "value1": "3"}  # fmt: skip
    blank = {f"{part}{number}": "at least" if part == "is" else "" for number in range(1, 5)
             for part in ("fact", "is", "about", "value")}  # fmt: skip
    return blank | told | changed


def rang(days: float = 1, facts: Any = None, **more: Any) -> Call:
    return Call.objects.create(
        source=source("phones", "telephony"), call_id=str(uuid4()), state="ended", facts=facts,
        rang_at=timezone.now() - timedelta(days=days), **more,
    )  # fmt: skip


def names() -> list[str]:
    return list(RoutingRule.objects.values_list("name", flat=True))


def text(client: Client, address: str = "/routing/") -> str:
    return " ".join(client.get(address).content.decode().split())


def test_a_rule_is_tried_on_last_weeks_calls_before_it_is_kept(admin: Client, queues: dict[str, Queue]) -> None:
    often, once = rang(facts={"calls": 3}), rang(facts={"calls": 1})
    rang(days=8, facts={"calls": 3})
    rang()
    told = " ".join(admin.post("/routing/0/", filled(queues["care"], state="live", act="try")).content.decode().split())
    assert "Of 2 calls since" in told
    assert "<b>1 would go elsewhere</b>; 1 stays the same" in told
    assert "1 more cannot be told" in told
    assert "the Customer care queue" in told
    assert "where calls usually go → their 3rd call" in told
    assert f"/desk/calls/{often.public_id}/" in told
    assert str(once.public_id) not in told
    assert not RoutingRule.objects.exists()
    admin.post("/routing/0/", filled(queues["care"], act="save"))
    assert RoutingRule.objects.get().conditions == [OFTEN]
    assert "how many times they have called, this time included: at least 3" in text(admin)
    assert RoutingRule.objects.get().state == "shadow"


def test_rules_in_shadow_show_what_they_would_change_and_decide_nothing(
    admin: Client, queues: dict[str, Queue]
) -> None:
    rule("Everybody", queue=queues["general"], conditions=[])
    rule("Calls often", "shadow", queue=queues["care"])
    rang(facts={"calls": 5})
    assert "0 would go elsewhere" in text(admin, "/routing/shadow/")
    admin.post(f"/routing/{RoutingRule.objects.get(name='Calls often').pk}/move/", {"to": "up"})
    assert names() == ["Calls often", "Everybody"]
    assert "1 would go elsewhere" in text(admin, "/routing/shadow/")
    assert [one.name for one in read_rota().rules] == ["Everybody"]


def test_a_rule_that_is_switched_off_in_the_form_is_tried_as_if_it_were_not_there(
    admin: Client, queues: dict[str, Queue]
) -> None:
    made = rule("Calls often", queue=queues["care"])
    rang(facts={"calls": 5})
    told = admin.post(f"/routing/{made.pk}/", filled(queues["care"], state="off", act="try")).content.decode()
    assert "1 would go elsewhere" in told


def test_who_would_have_been_ready_is_not_pretended_to_be_known(admin: Client, queues: dict[str, Queue]) -> None:
    priya = Agent.objects.create(user=user("agent", "priya"), skills={"bahamas": 4}, presence="ready")
    rule("Who knows", "shadow", skill="bahamas", level=3, timeout=20, next_queue=queues["care"])
    rang(facts={"calls": 5})
    told = text(admin, "/routing/shadow/")
    assert "somebody who knows bahamas, level 3 or better, after 20 s the Customer care queue" in told
    assert "Who was ready then is not known" in told
    assert str(priya) not in told


def test_what_is_hidden_is_not_told_as_a_reason_to_those_it_is_hidden_from(queues: dict[str, Queue]) -> None:
    pages = {"fact": "pages", "about": "dialysis", "is": "at least", "value": "2"}
    made = rule("Dialysis", "shadow", [pages], queue=queues["care"])
    rang(facts={"calls": 1, "pages": {"dialysis": 4}})
    for tact, why in ((DEFAULT, ""), (DEFAULT.seen_by(["admin"]), "4 Dialysis pages in 3 days")):
        [difference] = rehearse(read_rota(), [], [made.known], timezone.now(), tact).differences
        assert difference.examples[0].after == why


def test_more_calls_than_are_read_at_once_are_all_decided(
    admin: Client, queues: dict[str, Queue], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CHUNK > 2
    monkeypatch.setattr("journeys.calls.rehearsing.CHUNK", 2)
    monkeypatch.setattr("journeys.calls.rehearsing.MOST", 6)
    rule("Calls often", "shadow", queue=queues["care"])
    at = timezone.now() - timedelta(hours=1)
    for _ in range(5):
        Call.objects.filter(pk=rang(facts={"calls": 5}).pk).update(rang_at=at)
    assert "5 would go elsewhere" in text(admin, "/routing/shadow/")
    rang(days=2, facts={"calls": 5})
    rang(days=2, facts={"calls": 5})
    assert "6 would go elsewhere" in text(admin, "/routing/shadow/")
    assert "Only the last 6 calls were looked at" in text(admin, "/routing/shadow/")


def test_every_change_is_kept_with_who_and_can_be_undone_and_a_rule_keeps_its_id(
    admin: Client, queues: dict[str, Queue]
) -> None:
    made, other = rule("Calls often", queue=queues["care"]), rule("Everybody", queue=queues["general"])
    admin.post(f"/routing/{made.pk}/remove/")
    assert names() == ["Everybody"]
    change = RoutingChange.objects.first()
    assert change is not None
    assert change.said == "Removed the rule Calls often"
    assert change.actor == User.objects.get(groups__name="admin")
    admin.post(f"/routing/changes/{change.pk}/undo/")
    assert [one.pk for one in RoutingRule.objects.all()] == [made.pk, other.pk]
    assert RoutingRule.objects.get(pk=made.pk).conditions == [OFTEN]
    assert (
        "Something else was changed since"
        in admin.post(f"/routing/changes/{change.pk}/undo/", follow=True).content.decode()
    )


@pytest.mark.parametrize(
    ("act", "told"),
    [("move", {"to": "down"}), ("switch", {"state": "shadow"}), ("remove", {})],
)  # fmt: skip
def test_whatever_was_done_to_a_rule_is_undone(
    admin: Client, queues: dict[str, Queue], act: str, told: dict[str, str]
) -> None:
    made = rule("Calls often", queue=queues["care"])
    rule("Everybody", queue=queues["general"])
    before = list(RoutingRule.objects.values())
    admin.post(f"/routing/{made.pk}/{act}/", told)
    assert list(RoutingRule.objects.values()) != before
    admin.post(f"/routing/changes/{RoutingChange.objects.latest('pk').pk}/undo/")
    assert list(RoutingRule.objects.values()) == before


def test_an_undo_that_would_name_a_queue_that_is_gone_is_refused(admin: Client, queues: dict[str, Queue]) -> None:
    made = rule("Calls often", queue=queues["care"])
    admin.post(f"/routing/{made.pk}/remove/")
    queues["care"].delete()
    change = RoutingChange.objects.latest("pk")
    answer = admin.post(f"/routing/changes/{change.pk}/undo/", follow=True).content.decode()
    assert "is no longer there" in answer
    assert not RoutingRule.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"value1": "many"}, "has to be a number"), ({"is1": "has"}, "can be asked with"),
     ({"value1": ""}, "Give a value"),
     ({"about1": "bahamas"}, "Only pages are about something"), ({"sends_to": ""}, "required"),
     ({"timeout": "0"}, "greater than or equal to 5")],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_with_the_remedy(
    admin: Client, queues: dict[str, Queue], changed: dict[str, str], said: str
) -> None:
    told = admin.post("/routing/0/", filled(queues["care"], act="save", **changed)).content.decode()
    assert said in told
    assert not RoutingRule.objects.exists()


def test_a_rule_of_many_conditions_loses_none_and_one_that_cannot_be_read_is_said_to_be_so(
    admin: Client, queues: dict[str, Queue]
) -> None:
    made = rule("Long", conditions=[OFTEN] * 6, queue=queues["care"])
    assert 'name="fact7"' in text(admin, f"/routing/{made.pk}/")
    rule("Broken", conditions=["nonsense"], queue=queues["care"])
    assert "cannot be read: write a list" in text(admin)
    assert "would go elsewhere" in text(admin, "/routing/shadow/")


def test_what_there_is_nothing_of_is_said_with_what_to_do(admin: Client) -> None:
    assert "There is no queue yet" in text(admin)
    Queue.objects.create(name="general", label="General", is_default=True)
    told = text(admin)
    assert "There is no rule, so every call goes to the General queue" in told
    assert "No rule is in shadow" in told


def test_only_admins_see_and_change_where_calls_go(queues: dict[str, Queue]) -> None:
    made = rule("Calls often", queue=queues["care"])
    for role in ("agent", "marketer", "privacy"):
        client = signed_in(role)
        assert client.get("/routing/").status_code == 403
        assert client.post(f"/routing/{made.pk}/remove/").status_code == 403
    assert RoutingRule.objects.exists()
