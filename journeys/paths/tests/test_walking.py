"""What a graph says is what reading every journey by itself would say. Laws over small histories."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from journeys.paths.hits import Hits, begins, ordered
from journeys.paths.walking import (
    NOT_YET,
    NOTHING,
    WITHIN,
    begun,
    ended,
    flows,
    loops,
    once_each,
    repeats,
    top_paths,
    walks,
    who_went,
)

DAY = 86_400
SINCE, UNTIL, NOW = 10 * DAY, 30 * DAY, 33 * DAY
STEP = 1
happened = st.tuples(st.integers(1, 4), st.integers(0, 33 * 24).map(lambda hour: hour * 3_600), st.integers(1, 4))
histories = st.lists(happened, max_size=60)
deeps = st.integers(1, 4)
History = list[tuple[int, int, int]]


def hits_of(history: History) -> Hits:
    customer, at, step = np.array(history, dtype=np.int64).reshape(-1, 3).T
    row = np.arange(len(at))
    order = ordered(customer, at, row)
    return Hits(customer[order], customer[order], at[order], step[order].astype(np.int32), row[order],
                begins(customer[order], at[order], step[order] > 2))  # fmt: skip


def journeys_of(history: History, *, is_once: bool) -> dict[int, list[tuple[int, int]]]:
    """(when, which step) of each customer, in order: worked out one by one."""
    found: dict[int, list[tuple[int, int]]] = {}
    for customer, at, step in sorted(history, key=lambda one: (one[0], one[1])):
        mine = found.setdefault(customer, [])
        if not (is_once and mine and mine[-1][1] == step):
            mine.append((at, step))
    return found


def walked(history: History, deep: int, *, is_back: bool) -> Iterator[tuple[int, list[int]]]:
    """Each customer's walk from the step, by reading their journey."""
    for customer, mine in journeys_of(history, is_once=True).items():
        starts = [n for n, (at, step) in enumerate(mine) if step == STEP and SINCE <= at < UNTIL]
        if not starts:
            continue
        begin = mine[starts[0]][0]
        rest = mine[: starts[0]][::-1] if is_back else mine[starts[0] + 1 :]
        came = [step for at, step in rest if abs(at - begin) <= WITHIN][:deep]
        end = NOTHING if is_back or begin + WITHIN <= NOW else NOT_YET
        yield customer, [STEP, *came, *[end] * (deep - len(came))]


@given(histories, deeps, st.booleans())
def test_walks_are_those_of_each_customer_read_alone(history: History, deep: int, is_back: bool) -> None:
    hits = once_each(hits_of(history))
    found = walks(hits, begun(hits, STEP, SINCE, UNTIL), deep, NOW, is_back=is_back)
    expected = dict(walked(history, deep, is_back=is_back))
    assert dict(zip(found.customer.tolist(), found.steps.tolist(), strict=True)) == expected
    assert dict(top_paths(found, 1_000)) == Counter(map(tuple, expected.values()))


@given(histories, deeps, st.booleans())
def test_flows_add_up_to_the_walks_and_lead_to_those_who_went(history: History, deep: int, is_back: bool) -> None:
    hits = once_each(hits_of(history))
    found = walks(hits, begun(hits, STEP, SINCE, UNTIL), deep, NOW, is_back=is_back)
    expected = Counter(
        (place, ours, theirs)
        for _, steps in walked(history, deep, is_back=is_back)
        for place, (ours, theirs) in enumerate(pairwise(steps), 1)
        if ours > 0
    )
    made = {}
    for one in flows(found, found.steps, is_back=is_back):
        ours, theirs = (one.target, one.source) if is_back else (one.source, one.target)
        made[abs(one.place), ours, theirs] = one.journeys
        assert len(who_went(found, found.steps, abs(one.place), ours, theirs)) == one.journeys
        assert (one.median is None) == (theirs in (NOTHING, NOT_YET))
        assert one.median is None or 0 <= one.median <= (one.high or 0) <= WITHIN
    assert made == expected


@given(histories, deeps)
def test_where_nothing_more_came_is_counted_of_those_of_whom_it_is_known(history: History, deep: int) -> None:
    hits = once_each(hits_of(history))
    found = walks(hits, begun(hits, STEP, SINCE, UNTIL), deep, NOW, is_back=False)
    all_of_them = [steps for _, steps in walked(history, deep, is_back=False)]
    for place, (known, gone) in enumerate(ended(found), 1):
        there = [steps[place] for steps in all_of_them if steps[place - 1] > 0]
        assert (known, gone) == (len(there) - there.count(NOT_YET), there.count(NOTHING))


@given(histories)
def test_loops_and_repeats_are_those_that_a_reader_counts(history: History) -> None:
    customers, times = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for mine in journeys_of(history, is_once=True).values():
        steps = [step for _, step in mine]
        here = Counter(
            (a, b) for a, b, c in zip(steps, steps[1:], steps[2:], strict=False) if a == c and STEP in (a, b)
        )
        times.update(here)
        customers.update(here.keys())
    found = loops(once_each(hits_of(history)), STEP, 1_000)
    assert {(one.step, one.by): (one.customers, one.times) for one in found} == {
        pair: (customers[pair], times[pair]) for pair in times
    }
    again = [
        sum(a == b == STEP for a, b in pairwise([step for _, step in mine]))
        for mine in journeys_of(history, is_once=False).values()
    ]
    assert repeats(hits_of(history), STEP) == (sum(map(bool, again)), sum(again))


@given(st.lists(st.tuples(st.integers(1, 2**34), st.integers(0, 50), st.integers(0, 2**40)), unique=True, max_size=60))
def test_hits_are_in_the_order_of_customer_then_time_then_number(rows: History) -> None:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    assert [rows[place] for place in ordered(*columns)] == sorted(rows)
