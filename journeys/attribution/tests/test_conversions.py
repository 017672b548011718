"""Conversions follow what happened, and what admins define; only what changed is counted anew."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from crm.identity.merging import merge, withdraw
from crm.privacy.tests.signing import signed_in
from journeys.attribution import defining
from journeys.attribution.converting import Worth, convert
from journeys.attribution.models import Conversion, ConversionDefinition, DefinitionChange
from journeys.attribution.working import work
from journeys.calls.models import Call
from journeys.interactions.drafts import Channel, ConsentGiven, Draft, Seen
from journeys.interactions.models import Interaction
from journeys.tests.factories import (
    ANNAS_COOKIE,
    ANNAS_LOGIN,
    NOON,
    call,
    customer_of,
    identify,
    recorded,
    source,
    user,
)
from journeys.work.deeds import Hand, log
from journeys.work.models import Deed

pytestmark = pytest.mark.django_db
FORM = {"name": "Orders", "channel": "web", "events": "Order Completed", "value_field": "value", "fixed": "0",
        "currency": "GBP", "once": "order", "order_field": "order_id", "days": "30", "lookback": "60",
        "refunds": "Order Refunded", "cancels": "Order Cancelled", "is_active": "on"}  # fmt: skip


def event(
    hours: float, name: str = "Order Completed", *seen: Seen, order: str = "A1", key: str = "", **data: Any
) -> Draft:
    return Draft(
        key or f"{name}-{order}-{hours}", Channel.WEB, "track", NOON + timedelta(hours=hours), seen or (ANNAS_LOGIN,),
        data={"event": name, "properties": {"order_id": order} if order else {}, **data},
    )  # fmt: skip


def define(**told: Any) -> ConversionDefinition:
    made = ConversionDefinition(
        **{"name": "Orders", "channel": "web", "events": ["Order Completed"], "refunds": ["Order Refunded"],
           "cancels": ["Order Cancelled"], "currency": "GBP", **told}
    )  # fmt: skip
    defining.save(made, user("admin"))
    done()
    return made


def test_a_condition_on_what_is_told_needs_no_value() -> None:
    asked = {"fact1": "property", "about1": "booked_by", "is1": "told", "value1": ""}
    signed_in("admin").post("/conversions/definitions/0/", {**FORM, **asked, "is_by_phone": "on", "act": "save"})
    made = ConversionDefinition.objects.get()
    assert (made.is_by_phone, made.conditions) == (True, [
        {"fact": "property", "about": "booked_by", "is": "told", "value": ""}
    ])  # fmt: skip
    signed_in("admin").post(f"/conversions/definitions/{made.pk}/", {**FORM, **asked, "is1": "is", "act": "save"})
    assert ConversionDefinition.objects.get().is_by_phone  # refused: a comparison needs a value


def done() -> None:
    while work(5):
        pass


def standing() -> list[tuple[str, int]]:
    """(order, value) of what counts, in order."""
    return [(one.order, int(one.value)) for one in Conversion.objects.counted().order_by("at", "pk")]


def test_what_was_recorded_before_and_what_comes_counts() -> None:
    recorded([event(0, value=100, currency="EUR")])
    made = define()
    recorded([event(1, order="A2", value=50), event(2, order="A2", value=50)])
    done()
    assert standing() == [("A1", 100), ("A2", 50)]
    first = Conversion.objects.earliest("at")
    assert (first.currency, first.definition, first.identifier.value) == ("EUR", made, "4711")
    assert Conversion.objects.get(why="repeat").order == "A2"


def test_an_order_that_was_sent_earlier_and_comes_late_is_the_one_that_counts() -> None:
    define()
    recorded([event(2, value=70)])
    done()
    recorded([event(1, value=60)])
    done()
    assert standing() == [("A1", 60)]


def test_refunds_count_negative_and_cancellations_take_back_in_any_order() -> None:
    define()
    recorded([event(5, "Order Cancelled")])
    done()
    recorded([event(0, value=100), event(1, order="A2", value=80), event(9, "Order Refunded", order="A2", value=30)])
    done()
    assert standing() == [("A2", 80), ("A2", -30)]


def test_a_merge_makes_two_conversions_of_one_customer_one_and_a_split_two_again() -> None:
    define(once="customer", order_field="")
    recorded([event(0, "Order Completed", Seen("login", "4713")), event(5, "Order Completed", Seen("login", "4714"))])
    done()
    assert len(standing()) == 2
    link = merge(customer_of("login", "4713"), customer_of("login", "4714"), user("admin"))
    done()
    assert len(standing()) == 1
    withdraw([link], user("admin"))
    done()
    assert len(standing()) == 2


def test_a_changed_definition_counts_only_itself_anew() -> None:
    recorded([event(0, value=100), event(1, "Signed Up", order="", value=5)])
    define()
    define(name="Sign-ups", events=["Signed Up"])
    other = set(Conversion.objects.filter(definition__name="Orders").values_list("pk", "version"))
    sign_ups = ConversionDefinition.objects.get(name="Sign-ups")
    sign_ups.value_field, sign_ups.fixed = "", Decimal(12)
    defining.save(sign_ups, user("admin"))
    done()
    assert standing() == [("A1", 100), ("", 12)]
    assert set(Conversion.objects.filter(definition__name="Orders").values_list("pk", "version")) == other
    sign_ups.events = ["Nothing Like It"]
    defining.save(sign_ups, user("admin"))
    done()
    assert standing() == [("A1", 100)]


def test_one_that_is_switched_off_counts_nothing_and_undone_it_does_again() -> None:
    recorded([event(0, value=100)])
    made = define()
    made.is_active = False
    defining.save(made, user("admin"))
    done()
    assert standing() == []
    assert defining.undo(DefinitionChange.objects.latest("pk"), user("admin"))
    done()
    assert standing() == [("A1", 100)]


def test_a_call_counts_once_staff_say_how_it_ended() -> None:
    phones = source("phone line", "twilio", is_trusted=True)
    recorded([call(NOON, key="CA-1")], phones)
    sold = {"fact": "outcome", "is": "is", "value": "sold"}
    define(name="Sold", channel="call", events=["call"], conditions=[sold], value_field="", fixed=Decimal(20))
    assert standing() == []
    said = Interaction.objects.get(key="CA-1")
    rang = Call.objects.create(source=phones, call_id="CA-1", state="ended", rang_at=NOON, outcome="sold")
    log(said.identifier_id, Deed.Kind.CALL, rang.pk, "Wrapped up: sold", Hand(user()))
    done()
    assert standing() == [("", 20)]


def test_what_staff_noted_is_left_alone() -> None:
    recorded([event(0, value=100)])
    whose = Interaction.objects.get()
    convert(whose.identifier_id, Worth(Decimal(7), "GBP"), Hand(user()), interaction_id=whose.pk, at=NOON)
    define()
    assert sorted(value for _, value in standing()) == [7, 100]


def test_a_form_of_somebody_who_refuses_to_be_looked_at_is_not_counted_and_an_order_is() -> None:
    define(events=["Order Completed", "Form Sent"])
    recorded([event(0, value=100), event(1, "Form Sent", order="")])
    no = replace(identify(NOON, ANNAS_COOKIE, ANNAS_LOGIN), consents=(ConsentGiven("analytics", is_given=False),))
    done()
    assert len(standing()) == 2
    recorded([no])
    assert standing() == [("A1", 100)]


def test_a_definition_is_tried_on_the_last_month_before_it_holds() -> None:
    now = timezone.now()
    recorded([replace(event(0, value=100, currency="GBP"), occurred_at=now), replace(event(1), occurred_at=now)])
    admin = signed_in("admin")
    page = " ".join(admin.post("/conversions/definitions/0/", FORM).content.decode().split())
    assert "<b>1 conversion</b>, worth GBP 100" in page
    assert "1 repeated" in page
    assert not ConversionDefinition.objects.exists()


def test_a_preview_says_what_counts_already_and_why_nothing_would() -> None:
    now, admin = timezone.now(), signed_in("admin")
    recorded([replace(event(0, value=100, currency="GBP"), occurred_at=now)])
    define(name="Shop")
    page = " ".join(admin.post("/conversions/definitions/0/", FORM).content.decode().split())
    assert "1 of them is a conversion by Shop already" in page
    page = " ".join(admin.post("/conversions/definitions/0/", {**FORM, "stage": "lead"}).content.decode().split())
    assert "by Shop already" not in page
    asked = {"fact1": "value", "about1": "", "is1": "at least", "value1": "500"}
    page = " ".join(admin.post("/conversions/definitions/0/", {**FORM, **asked}).content.decode().split())
    assert "1 interaction of the last 30 days has one of these events on this channel" in page
    page = admin.post("/conversions/definitions/0/", {**FORM, "events": "Nothing such"}).content.decode()
    assert "Nothing on this channel had one of these events" in page


def test_definitions_are_told_as_people_would_say_them() -> None:
    asked = [
        {"fact": "property", "about": "booked_by", "is": "not told", "value": ""},
        {"fact": "duration", "is": "at least", "value": "60"},
    ]
    define(conditions=asked, once="customer", days=7, value_field="")
    page = " ".join(signed_in("marketer").get("/conversions/").content.decode().split())
    assert "where booked_by is not told, and seconds of the call at least 60" in page
    assert "once for each customer in 7 days" in page
    assert "no money of its own" in page


def test_what_cannot_be_is_said_where_its_preview_would_stand() -> None:
    """A preview takes the place of the last one, and leaves the fields as they are."""
    page = signed_in("admin").post("/conversions/definitions/0/", {**FORM, "currency": "pounds"}).content.decode()
    assert "Currency: Give three capital letters, such as GBP." in page.partition('id="tried"')[2]


def test_an_admin_defines_and_a_marketer_looks() -> None:
    admin, marketer = signed_in("admin"), signed_in("marketer")
    assert "Nothing is defined yet" in marketer.get("/conversions/").content.decode()
    page = admin.post("/conversions/definitions/0/", {**FORM, "act": "save"}, follow=True).content.decode()
    assert "Orders: kept" in page
    assert "Orders: what was recorded before is being counted" in page
    done()
    assert "Everything recorded is counted" in marketer.get("/conversions/now/").content.decode()
    made = ConversionDefinition.objects.get()
    assert (made.events, made.cancels, made.lookback) == (["Order Completed"], ["Order Cancelled"], 60)
    assert admin.get(f"/conversions/definitions/{made.pk}/").status_code == 200
    assert marketer.post("/conversions/definitions/0/", FORM).status_code == 403
    change = DefinitionChange.objects.latest("pk")
    assert "Undone" in admin.post(f"/conversions/changes/{change.pk}/undo/", follow=True).content.decode()
    assert not ConversionDefinition.objects.filter(is_active=True).exists()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"currency": "pounds"}, "three capital letters"),
        ({"events": " , "}, "This field is required"),
        ({"fact1": "value", "is1": "at least", "value1": "much"}, "Give a number"),
        ({"fact1": "property", "is1": "is", "value1": "gold"}, "has to have one"),
        ({"lookback": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_said_beside_it(told: dict[str, str], said: str) -> None:
    page = signed_in("admin").post("/conversions/definitions/0/", {**FORM, **told, "act": "save"}).content.decode()
    assert said in page
    assert not ConversionDefinition.objects.exists()
