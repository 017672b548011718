"""What counts as a conversion, what it is worth, and which of several stand, whatever the order they come in."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.attribution.judging import (
    CANCEL,
    CANCELLED,
    COUNTS,
    CUSTOMER,
    EACH,
    ORDER,
    REFUND,
    REPEAT,
    Definition,
    Happened,
    Row,
    counted,
    why_not,
)
from journeys.tests.factories import NOON

ORDERS = Definition(1, 1, "web", ("Order Completed",), refunds=("Order Refunded",), cancels=("Order Cancelled",))


def happened(event: str = "Order Completed", *, channel: str = "web", **data: Any) -> Happened:
    return Happened(7, 3, NOON, channel, "track", "", {"event": event, **data})


def row(pk: int, hours: float, *, role: str = COUNTS, order: str = "A1", customer: int = 1) -> Row:
    return Row(pk, role, NOON + timedelta(hours=hours), pk, order, customer)


def fallen(*rows: Row, once: str = ORDER, days: int = 30) -> dict[int, str]:
    return {pk: why for pk, (why, _) in why_not(rows, once, days).items()}


def test_an_order_is_worth_what_it_says_in_its_own_currency() -> None:
    found = counted(ORDERS, happened(value=3180.5, currency="GBP", properties={"order_id": "A1"}))
    assert found is not None
    assert (found.value, found.currency, found.order, found.role) == (Decimal("3180.50"), "GBP", "A1", COUNTS)


@pytest.mark.parametrize(("test", "counts"), [("told", [True, False]), ("not told", [False, True])])
def test_what_is_told_at_all_can_be_asked(test: str, counts: list[bool]) -> None:
    asked = [{"fact": "property", "about": "booked_by", "is": test, "value": ""}]
    by_agent = happened(properties={"booked_by": "Ana"})
    by_shop = happened(properties={"booked_by": " "})
    assert [counted(replace(ORDERS, conditions=asked), one) is not None for one in (by_agent, by_shop)] == counts


@pytest.mark.parametrize("value", [None, "", "much", float("inf"), "NaN", 1e12, True, [3]])
def test_a_value_that_is_none_is_worth_nothing_and_counts(value: Any) -> None:
    found = counted(ORDERS, happened(value=value, currency="pounds"))
    assert found is not None
    assert (found.value, found.currency) == (Decimal(0), "EUR")


def test_a_refund_is_negative_whatever_its_sign_says() -> None:
    for value in (40, -40):
        found = counted(ORDERS, happened("Order Refunded", value=value))
        assert found is not None
        assert (found.role, found.value) == (REFUND, Decimal(-40))


def test_what_happens_on_another_channel_or_is_called_otherwise_is_nothing() -> None:
    assert counted(ORDERS, happened(channel="call")) is None
    assert counted(ORDERS, happened("Order Started")) is None
    assert counted(Definition(1, 1, "web", ("order *",)), happened()) is not None


@pytest.mark.parametrize(
    ("asked", "does"),
    [
        ({"fact": "property", "about": "plan", "is": "is", "value": "gold, silver"}, True),
        ({"fact": "property", "about": "plan", "is": "is not", "value": "gold"}, False),
        ({"fact": "value", "is": "at least", "value": "100"}, True),
        ({"fact": "value", "is": "at most", "value": "99.99"}, False),
        ({"fact": "duration", "is": "at least", "value": "0"}, False),
        ({"fact": "page", "is": "is", "value": "/checkout*"}, True),
    ],
)
def test_conditions_are_asked_of_what_is_known(asked: dict[str, str], does: bool) -> None:
    one = happened(value=100, path="/checkout/thanks", properties={"plan": "Gold"})
    assert (counted(Definition(1, 1, "web", ("*",), [asked]), one) is not None) == does


def test_the_same_order_counts_once() -> None:
    assert fallen(row(1, 1), row(2, 0), row(3, 2, order="A2")) == {1: REPEAT}
    assert fallen(row(1, 1, order=""), row(2, 0, order="")) == {}
    assert fallen(row(1, 1), row(2, 0), once=EACH) == {}


def test_an_order_that_is_cancelled_does_not_count_and_one_placed_again_does() -> None:
    cancel = row(9, 5, role=CANCEL)
    assert fallen(row(1, 0), cancel, row(2, 6)) == {1: CANCELLED, 9: CANCELLED}
    assert fallen(row(1, 0), cancel, row(3, 7, role=REFUND)) == {1: CANCELLED, 9: CANCELLED, 3: CANCELLED}


def test_once_per_customer_counts_again_after_the_days_that_were_set() -> None:
    days = {1: 0, 2: 29, 3: 31, 4: 60, 5: 62}
    rows = [row(pk, 24 * day, order=str(pk)) for pk, day in days.items()]
    other = row(6, 1, customer=2)
    assert fallen(*rows, other, once=CUSTOMER) == {2: REPEAT, 4: REPEAT}


ROWS = st.lists(
    st.tuples(
        st.integers(0, 60), st.sampled_from([COUNTS, COUNTS, REFUND, CANCEL]), st.sampled_from(["", "A", "B"]),
        st.integers(1, 2),
    ),
    max_size=12,
)  # fmt: skip


@given(ROWS, st.sampled_from([EACH, ORDER, CUSTOMER]), st.randoms(use_true_random=False))
def test_which_stand_does_not_depend_on_the_order_they_came_in(said: list[Any], once: str, chance: Any) -> None:
    rows = [row(n, 24 * day, role=role, order=order, customer=who) for n, (day, role, order, who) in enumerate(said)]
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert fallen(*rows, once=once) == fallen(*shuffled, once=once)


@given(ROWS)
def test_no_cancellation_ever_stands_and_no_order_counts_twice(said: list[Any]) -> None:
    rows = [row(n, 24 * day, role=role, order=order, customer=who) for n, (day, role, order, who) in enumerate(said)]
    gone = fallen(*rows)
    standing = [one for one in rows if one.pk not in gone]
    assert all(one.role != CANCEL for one in standing)
    orders = [one.order for one in standing if one.role == COUNTS and one.order]
    assert len(orders) == len(set(orders))
