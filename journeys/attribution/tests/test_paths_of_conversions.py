"""One conversion's path: every touchpoint of the same customer, with its share by each model."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.privacy.tests.signing import signed_in
from journeys.attribution.converting import Worth, convert
from journeys.attribution.crediting import MODELS, shares, steps_to
from journeys.attribution.models import Conversion, ConversionDefinition, Touchpoint
from journeys.attribution.streaming import NOTED
from journeys.attribution.working import work
from journeys.interactions.drafts import Seen
from journeys.tests.factories import ANNAS_LOGIN, ANNAS_PHONE, NOON, call, identify, page, recorded, source, user
from journeys.work.deeds import Hand

BY_MAIL = {"source": "newsletter", "medium": "email", "name": "Winter sun"}
PHONE = Seen("cookie", "c-anna-phone")


def bought() -> Conversion:
    """Anna came by a newsletter, came back, called, and bought; each hangs off another identifier of hers."""
    phones = source("phone line", "twilio", is_trusted=True)
    recorded([identify(NOON, ANNAS_LOGIN, ANNAS_PHONE, PHONE)], source(is_trusted=True))
    recorded([page(NOON - timedelta(days=9), "Winter sun", PHONE, campaign=BY_MAIL)])
    recorded([page(NOON - timedelta(days=2), "Bahamas", PHONE), page(NOON - timedelta(days=200), "Long ago", PHONE)])
    recorded([call(NOON - timedelta(days=1), ANNAS_PHONE, key="CA-1")], phones)
    while work(5):
        pass
    whose = Touchpoint.objects.get(channel="call").identifier_id
    return convert(whose, Worth(Decimal(3180), "GBP", "NS-1"), Hand(user()), at=NOON)


@pytest.mark.django_db
def test_a_conversion_shows_what_led_to_it_across_channels() -> None:
    steps = steps_to(bought())
    assert [step.group for step in steps] == ["Email", "Direct", "Phone"]
    told = {model: [round(step.shares[at], 2) for step in steps] for at, model in enumerate(MODELS)}
    assert told["first"] == [1, 0, 0]
    assert told["last"] == told["last_non_direct"] == [0, 0, 1]
    assert told["position"] == [0.4, 0.2, 0.4]
    assert told["shapley"] == told["linear"] == [0.33, 0.33, 0.33]
    assert told["time_decay"][0] < told["time_decay"][1] < told["time_decay"][2]


@pytest.mark.django_db
def test_what_staff_noted_looks_as_far_back_on_its_page_as_in_reports() -> None:
    made = bought()
    recorded([page(NOON - timedelta(days=NOTED + 1), "Too long before", PHONE)])
    while work(5):
        pass
    assert len(steps_to(made)) == 3
    assert f"in the {NOTED} days before" in signed_in("admin").get(f"/conversions/{made.pk}/").content.decode()


def staged(stage: str, days: int, whose: int) -> None:
    """The customer came so far, so many days ago."""
    definition = ConversionDefinition.objects.create(name=stage, channel="web", events=[stage], stage=stage)
    at = NOON - timedelta(days=days)
    Conversion.objects.create(
        identifier_id=whose,
        definition=definition,
        kind="defined",
        value=0,
        currency="GBP",
        at=at,
        channel="web",
        order=stage,
    )


@pytest.mark.django_db
def test_what_brought_the_lead_and_the_opportunity_has_its_share() -> None:
    made = bought()
    at = list(MODELS).index("w")
    assert [round(step.shares[at], 2) for step in steps_to(made)] == [0.75, 0.12, 0.12]  # neither is known
    staged("lead", 8, made.identifier_id)
    staged("opportunity", 1, made.identifier_id)
    assert [round(step.shares[at], 2) for step in steps_to(made)] == [0.6, 0.1, 0.3]


@pytest.mark.django_db
def test_a_refund_takes_from_what_led_to_its_order() -> None:
    order = bought()
    definition = ConversionDefinition.objects.create(name="Orders", channel="web", events=["Order Completed"])
    Conversion.objects.filter(pk=order.pk).update(definition=definition, kind="defined")
    refund = Conversion.objects.create(
        identifier=order.identifier, definition=definition, kind="defined", role="refund", value=-80, currency="GBP",
        at=NOON + timedelta(days=120), order="NS-1",
    )  # fmt: skip
    assert [step.group for step in steps_to(refund)] == ["Email", "Direct", "Phone"]
    refund.order = "another"
    assert steps_to(refund) == []


@pytest.mark.django_db
def test_a_marketer_sees_the_path_and_not_whose_it_is() -> None:
    made = bought()
    for address in (f"/conversions/{made.pk}/", "/conversions/"):
        told = signed_in("marketer").get(address).content.decode()
        assert "3,180" in told
        assert "07700900142" not in told.replace(" ", "")
        assert "NS-1" not in told
        assert "Customer " in told
    assert "Winter sun" in signed_in("admin").get(f"/conversions/{made.pk}/").content.decode()
    assert signed_in("agent").get(f"/conversions/{made.pk}/").status_code == 403


@pytest.mark.django_db
def test_what_nothing_led_to_says_so() -> None:
    recorded([identify(NOON, ANNAS_LOGIN)])
    made = convert(bought().identifier_id, Worth(Decimal(1), "GBP"), Hand(user()), at=NOON - timedelta(days=350))
    assert "no marketing credit" in signed_in("admin").get(f"/conversions/{made.pk}/").content.decode()


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(1, 4), st.booleans()), min_size=1, max_size=12))
def test_the_shares_of_a_path_are_one_by_every_model(touches: list[tuple[int, int, bool]]) -> None:
    ordered = sorted(touches, reverse=True)
    path = [
        Touchpoint(at=NOON - timedelta(days=days), group_id=group, is_direct=direct) for days, group, direct in ordered
    ]
    for found in shares(path, NOON, (NOON - timedelta(days=40), None)).values():
        assert len(found) == len(path)
        assert sum(found) == pytest.approx(1)
        assert min(found) >= 0
