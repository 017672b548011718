"""Touchpoints follow what is recorded, in whatever order it comes, and nobody who writes waits for it."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS

from crm.identity.models import Identifier
from crm.sql import conninfo
from journeys.attribution import following
from journeys.attribution.deriving import derive
from journeys.attribution.models import ChannelGroup, Touchpoint
from journeys.interactions import claiming
from journeys.interactions.drafts import ConsentGiven, Draft, Seen
from journeys.interactions.models import Interaction, Session
from journeys.tests.factories import (
    ANNAS_COOKIE,
    ANNAS_EMAIL,
    ANNAS_LOGIN,
    LANDLINE,
    NOON,
    annas_journey,
    call,
    identify,
    mail,
    message,
    page,
    recorded,
    source,
    user,
)

pytestmark = pytest.mark.django_db
BY_MAIL = {"source": "newsletter", "medium": "email", "name": "Winter sun"}
BY_ADVERT = {"source": "google", "medium": "cpc", "name": "bahamas"}


def derived() -> None:
    while derive(5):
        pass


def told() -> list[tuple[str, ...]]:
    """Every touchpoint, in order, in words."""
    groups = dict(ChannelGroup.objects.values_list("pk", "name"))
    return [
        (one.interaction.key, one.channel, groups[one.group_id], one.campaign, one.landing)
        for one in Touchpoint.objects.select_related("interaction").order_by("at", "interaction__key")
    ]


def keys() -> list[str]:
    return [key for key, *_ in told()]


def at(minutes: float) -> Any:
    return NOON + timedelta(minutes=minutes)


def test_a_journey_has_its_touches() -> None:
    annas_journey()
    derived()
    groups = [(channel, group) for _, channel, group, *_ in told()]
    assert groups.count(("call", "Phone")) == 2
    assert ("web", "Email") in groups
    assert ("social", "Message") in groups
    first = Touchpoint.objects.filter(channel="web", campaign="Winter sun").get()
    assert (first.source, first.medium, first.landing, first.is_direct) == ("newsletter", "email", "/winter-sun", False)


def test_a_hit_that_comes_late_takes_its_place_and_nothing_else_changes() -> None:
    recorded([page(at(10), "Bahamas", key="later"), page(at(90), "Back again", key="back")])
    derived()
    before = dict(Touchpoint.objects.values_list("interaction__key", "pk"))
    recorded([page(at(0), "Winter sun", key="first", campaign=BY_MAIL)])
    derived()
    assert told() == [
        ("first", "web", "Email", "Winter sun", "/winter-sun"),
        ("back", "web", "Direct", "", "/back-again"),
    ]
    assert Touchpoint.objects.get(interaction__key="back").pk == before["back"]


def test_a_hit_that_joins_two_visits_leaves_one_touch() -> None:
    recorded([page(at(0), "One", key="one"), page(at(50), "Two", key="two")])
    derived()
    assert keys() == ["one", "two"]
    recorded([page(at(25), "Between", key="between")])
    derived()
    assert (keys(), Session.objects.count()) == (["one"], 1)


def test_another_campaign_in_the_same_visit_is_another_touch() -> None:
    recorded([page(at(0), "One", key="one", campaign=BY_MAIL), page(at(5), "Two", key="two", campaign=BY_ADVERT)])
    derived()
    assert [group for _, _, group, *_ in told()] == ["Email", "Paid Search"]


def test_somebody_who_signs_in_half_way_came_once() -> None:
    recorded([page(at(0), "One", key="one", campaign=BY_MAIL)])
    derived()
    both = (ANNAS_COOKIE, ANNAS_LOGIN)
    recorded([page(at(5), "Two", *both, key="two"), page(at(9), "Three", *both, key="three", campaign=BY_ADVERT)])
    derived()
    assert [(key, group) for key, _, group, *_ in told()] == [("one", "Email"), ("three", "Paid Search")]
    recorded([page(at(-1), "Zero", *both, key="zero")])
    derived()
    assert keys() == ["zero", "one", "three"]
    recorded([page(at(100), "Later", *both, key="later")])
    derived()
    assert keys() == ["zero", "one", "three", "later"]


def test_what_a_server_sends_is_no_visit() -> None:
    recorded([identify(NOON, ANNAS_LOGIN)])
    derived()
    assert told() == []


def test_only_what_comes_from_the_customer_and_begins_something_is_a_touch() -> None:
    mails = source("helpdesk mail", "postmark", is_trusted=True)
    recorded(
        [
            mail(at(0), "A question", "…", key="asks"),
            mail(at(5), "Re: A question", "…", key="answer", direction="out", in_reply_to="asks"),
            mail(at(9), "Re: A question", "…", key="thanks", in_reply_to="answer"),
            mail(at(10), "Out of office", "…", key="robot", is_automatic=True),
            message(at(0), "Hello?", key="hello"),
            message(at(700), "Hello??", key="again"),
            message(at(3000), "Something else", key="anew"),
            replace(call(at(0), key="to-them"), direction="out"),
        ],
        mails,
    )
    derived()
    assert sorted(keys()) == ["anew", "asks", "hello"]


def test_a_message_that_comes_late_begins_the_conversation() -> None:
    recorded([message(at(60), "And?", key="and")])
    derived()
    recorded([message(at(0), "Hello?", key="hello")])
    derived()
    assert keys() == ["hello"]


def test_a_call_that_staff_claim_is_a_touch_of_whom_they_say_and_of_the_line_again_when_they_take_it_back() -> None:
    phones = source("phone line", "twilio", is_trusted=True)
    recorded([identify(NOON, ANNAS_LOGIN, ANNAS_EMAIL)])
    recorded([call(NOON, LANDLINE, key="CA-shared")], phones)
    derived()
    line, hers = Identifier.objects.get(kind="phone"), Identifier.objects.get(kind="login")
    agent = user()
    claimed = claiming.claim(phones, "CA-shared", hers, agent)
    derived()
    found = Touchpoint.objects.get()
    assert (found.identifier, found.via) == (hers, line)
    claiming.take_back(claimed, agent)
    derived()
    again = Touchpoint.objects.get()
    assert (again.pk, again.identifier, again.via) == (found.pk, line, None)


def test_browsing_that_is_withheld_is_not_counted_and_is_again_when_they_agree() -> None:
    recorded([page(at(0), "Winter sun"), call(at(5), ANNAS_LOGIN)])
    derived()
    assert Touchpoint.objects.counted().count() == 2
    no = replace(identify(at(6), ANNAS_COOKIE, ANNAS_LOGIN), consents=(ConsentGiven("analytics", is_given=False),))
    recorded([no])
    assert [one.channel for one in Touchpoint.objects.counted()] == ["call"]
    recorded([replace(no, key="yes", occurred_at=at(7), consents=(ConsentGiven("analytics", is_given=True),))])
    assert Touchpoint.objects.counted().count() == 2


def history(seed: int) -> list[Draft]:
    """A few days of three browsers, some of which sign in, and of calls and messages."""
    chance = random.Random(seed)
    drafts: list[Draft] = []
    for number in range(40):
        who = Seen("cookie", f"c-{chance.randrange(3)}")
        seen = (who, Seen("login", "4711")) if chance.random() < 0.2 else (who,)
        minute = chance.randrange(600)
        by = chance.choice([{}, {}, BY_MAIL, BY_ADVERT])
        drafts.append(page(at(minute), f"Page {number}", *seen, key=f"p{number}", **({"campaign": by} if by else {})))
    drafts += [message(at(chance.randrange(6000)), "Hello?", key=f"m{number}") for number in range(6)]
    chance.shuffle(drafts)
    return drafts


@pytest.mark.parametrize("seed", range(4))
def test_as_it_comes_or_all_at_once_the_touches_are_the_same(seed: int) -> None:
    drafts = history(seed)
    for start in range(0, len(drafts), 5):
        recorded(drafts[start : start + 5])
        derive(5, limit=3)
    derived()
    as_it_came = told()
    Touchpoint.objects.all().delete()
    call_command("touchpoints", "--anew")
    assert told() == as_it_came
    assert as_it_came


def test_the_same_again_changes_no_row() -> None:
    annas_journey()
    derived()
    before = list(Touchpoint.objects.order_by("pk").values())
    call_command("touchpoints", "--anew")
    assert list(Touchpoint.objects.order_by("pk").values()) == before


def test_a_touch_whose_interaction_is_gone_goes_when_all_are_worked_out_anew() -> None:
    recorded([page(NOON, "Winter sun")])
    derived()
    Interaction.objects.all()._raw_delete(DEFAULT_DB_ALIAS)
    call_command("touchpoints", "--anew")
    assert not Touchpoint.objects.exists()


def test_a_number_counts_once_everybody_who_took_one_before_is_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PATIENCE", 0.05)
    table = "journeys_channelgroup"
    with psycopg.connect(conninfo()) as other:
        other.execute("INSERT INTO journeys_channelgroup (name) VALUES ('of somebody who is slow')")
        assert following.settled(table) is None
        other.rollback()
    after = following.settled(table)
    assert after is not None
    assert after == ChannelGroup.objects.create(name="next").pk - 1
