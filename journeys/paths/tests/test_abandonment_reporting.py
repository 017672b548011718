"""Reports of giving up: calls, money and those who stay silent, against the same told in plain loops."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from journeys.attribution.streaming import End
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.abandonment_reading import Calls, Known, Told
from journeys.paths.abandonment_reporting import DAY, Report
from journeys.paths.hits import Hits

SINCE = datetime(2026, 11, 2, tzinfo=UTC)
START, HOUR, DAYS = int(SINCE.timestamp()), 3_600, 20
NOW = START + 18 * DAY
QUOTE, EXTRAS, THANKS = Known(1, "page", "/quote"), Known(2, "page", "/extras"), Known(3, "page", "/thanks")
DEFINITION = AbandonmentDefinition(name="A quote", begun=["/quote"], finished=["/thanks"], quiet=30, days=3)

who, hour = st.integers(1, 3), st.integers(0, 24 * DAYS)
hits = st.lists(st.tuples(who, hour, st.integers(1, 3)), max_size=25)
calls = st.lists(st.tuples(who, who, hour), max_size=8)
sales = st.lists(st.tuples(who, hour, st.integers(-50, 300)), max_size=8)
Rows = list[tuple[int, int, int]]


def report(some: Rows, rang: Rows, sold: Rows) -> Report:
    """A report. rang: (who rang, whose attempts it may follow, when)."""
    columns = (
        np.array(sorted((one, START + at * HOUR, step) for one, at, step in some), dtype=np.int64).reshape(-1, 3).T
    )
    none = np.zeros(len(some), dtype=np.int64)
    found = Hits(columns[0], none, columns[1], columns[2].astype(np.int32), none, none.astype(np.bool_))
    rows = sorted((whose, START + at * HOUR, n, caller) for n, (caller, whose, at) in enumerate(rang))
    told = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    ends = [
        End(one, SINCE + timedelta(hours=at), SINCE, Decimal(value), "GBP", "sale", True, "") for one, at, value in sold
    ]
    names = np.array(["answered"] * len(rang), dtype=np.str_)
    steps = [QUOTE, EXTRAS, THANKS]
    return Report(
        DEFINITION, Told(found, steps, Calls(told[2], told[3], told[0], told[1], names), ends, ends, None),
        (START, START + DAYS * DAY), NOW,
    )  # fmt: skip


def last_attempt(found: Report, customer: int, at: int) -> int:
    """The place of the customer's last attempt that a call at a time follows; -1 where it follows none."""
    made = zip(found.made.customer.tolist(), found.made.begun_at.tolist(), strict=True)
    begun = [n for n, (one, since) in enumerate(made) if one == customer and since <= at]
    return begun[-1] if begun and at <= found.after.until[begun[-1]] else -1


@given(hits, calls, sales)
def test_calls_and_money_are_those_of_a_plain_loop(some: Rows, rang: Rows, sold: Rows) -> None:
    found = report(some, rang, sold)
    follows = {
        n: (caller, START + at * HOUR, place)
        for n, (caller, whose, at) in enumerate(rang)
        if (place := last_attempt(found, whose, START + at * HOUR)) >= 0
    }
    assert found.calls == sum(bool(found.is_given_up[place]) for _, _, place in follows.values())
    rescued = 0
    for customer, hours, value in sold:
        at = START + hours * HOUR
        before = [(then, place) for caller, then, place in follows.values() if caller == customer and then <= at]
        if before and at <= max(before)[0] + found.follow:
            last = [place for then, place in before if then == max(before)[0]]
            rescued += value if found.is_given_up[last[-1]] else 0
    same_time = len({(caller, then) for caller, then, _ in follows.values()}) < len(follows)
    if not same_time:  # of two calls at one second, either may have brought it
        assert sum(worth for _, worth in found.rescued.values()) == rescued
        assert sum(one.worth for one in found.pages) == 100 * rescued


@given(hits, calls)
def test_the_silent_gave_up_last_and_did_nothing_since(some: Rows, rang: Rows) -> None:
    found = report(some, rang, [])
    made = list(zip(*(column.tolist() for column in (*found.made, *found.after, found.is_given_up)), strict=True))
    expected = []
    for customer in {row[0] for row in made}:
        _, begun, stopped, step, is_finished, *_ = last = [row for row in made if row[0] == customer][-1]
        end = min(stopped + found.follow, NOW)
        rings = any(whose == customer and begun <= START + at * HOUR <= end for _, whose, at in rang)
        finishes = any(
            one == customer and kind == THANKS.number and begun <= START + at * HOUR < end for one, at, kind in some
        )
        if last[-1] and not is_finished and not rings and not finishes:
            expected.append((customer, stopped, step))
    assert sorted(found.silent) == sorted(expected)


@given(hits, calls)
def test_weeks_and_pages_add_up_to_the_whole(some: Rows, rang: Rows) -> None:
    found = report(some, rang, [])
    until = (SINCE + timedelta(days=DAYS - 1)).date()
    weeks = found.weeks(SINCE.date(), until, UTC)
    assert sum(one.given_up for one in weeks) == found.given_up == sum(one.given_up for one in found.pages)
    assert sum(one.called.part for one in weeks) == found.called.part == sum(one.called.part for one in found.pages)
    assert sum(one.attempts for one in weeks) == found.attempts == sum(one.attempts for one in found.groups)
