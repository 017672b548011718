"""Who reached a step and stopped: against the same told in plain loops."""

import random
from typing import Any, NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from journeys.paths.giving_up import NEVER, Attempts, Moments, Trail, attempts, first_from, followed, latest_of

QUIET, FOLLOW, NOW = 30, 200, 400
BEGUN, PAGE, EVENT = 1, 2, 3


class Hit(NamedTuple):
    """A hit. step: BEGUN is a page that begins, EVENT an event that does."""

    customer: int
    at: int
    step: int


moments = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 450)), max_size=12)
hits = st.lists(st.builds(Hit, st.integers(1, 4), st.integers(0, NOW), st.integers(1, 3)), max_size=40)


def trail(some: list[Hit]) -> Trail:
    customer, at, step = (np.array([one[n] for one in some], dtype=np.int64) for n in range(3))
    return Trail(customer, at, step.astype(np.int32), step != EVENT, step != PAGE)


def told(some: list[tuple[int, int]]) -> Moments:
    return Moments(*(np.array([one[n] for one in some], dtype=np.int64) for n in range(2)))


def by_hand(some: list[Hit], finishes: list[tuple[int, int]]) -> list[tuple[int, int, int, int, bool]]:
    """(customer, begun, stopped, step, whether it was finished) of every attempt."""
    found: list[Any] = []
    for customer in sorted({one.customer for one in some}):
        runs: list[list[Hit]] = []
        for one in sorted((one for one in some if one.customer == customer), key=lambda one: (one.at, one.step)):
            if runs and one.at - runs[-1][-1].at <= QUIET:
                runs[-1].append(one)
            else:
                runs.append([one])
        for run in runs:
            begun = next((n for n, one in enumerate(run) if one.step != PAGE), None)
            if begun is None:
                continue
            since, stopped = run[begun].at, run[-1].at
            pages = [one.step for one in run[begun:] if one.step != EVENT]
            step = pages[-1] if pages else run[begun].step
            done = sorted(at for whose, at in finishes if whose == customer and at >= since)
            if done and done[0] <= min(stopped + QUIET, NOW):
                found.append((customer, since, done[0], step, True))
            elif stopped + QUIET <= NOW:
                found.append((customer, since, stopped, step, False))
    return found


def rows(found: Attempts) -> list[tuple[Any, ...]]:
    return list(zip(*(column.tolist() for column in found), strict=True))


@given(hits, moments)
def test_attempts_are_those_of_a_plain_loop(some: list[Hit], finishes: list[tuple[int, int]]) -> None:
    assert rows(attempts(trail(some), told(finishes), QUIET, NOW)) == by_hand(some, finishes)


@given(hits, moments, moments)
def test_calls_follow_as_in_a_plain_loop(
    some: list[Hit], finishes: list[tuple[int, int]], calls: list[tuple[int, int]]
) -> None:
    made = attempts(trail(some), told(finishes), QUIET, NOW)
    found = followed(made, told(calls), told(finishes), FOLLOW, NOW)
    for at, (customer, begun, stopped, _, is_finished) in enumerate(rows(made)):
        until = min(stopped + FOLLOW, NOW)
        if not is_finished:
            until = min([until, *(one for whose, one in finishes if whose == customer and one >= begun)])
        first = min((one for whose, one in calls if whose == customer and begun <= one <= until), default=None)
        assert found.has_called[at] == (first is not None)
        assert found.until[at] == until
        assert found.wait[at] == max(0, (until if first is None else first) - stopped)


@given(hits, moments, moments, st.integers(0, 9))
def test_in_whatever_order_it_is_told_it_ends_the_same(
    some: list[Hit], finishes: list[tuple[int, int]], calls: list[tuple[int, int]], seed: int
) -> None:
    def end() -> list[Any]:
        made = attempts(trail(some), told(finishes), QUIET, NOW)
        after = followed(made, told(calls), told(finishes), FOLLOW, NOW)
        return [column.tolist() for column in (*made, *after)]

    before = end()
    for one in (some, finishes, calls):
        random.Random(seed).shuffle(one)
    assert end() == before


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 90), st.integers(0, 40)), max_size=12), moments)
def test_a_moment_is_of_the_latest_stretch_that_it_is_in(
    stretches: list[tuple[int, int, int]], when: list[tuple[int, int]]
) -> None:
    ordered = sorted({(customer, since): size for customer, since, size in stretches}.items())
    customer, since = (np.array([key[n] for key, _ in ordered], dtype=np.int64) for n in range(2))
    until = since + np.array([size for _, size in ordered], dtype=np.int64)
    found = latest_of(told(when), customer, since, until)
    for place, (whose, at) in zip(found.tolist(), when, strict=True):
        begun = [n for n, ((other, start), _) in enumerate(ordered) if other == whose and start <= at]
        assert place == (begun[-1] if begun and at <= until[begun[-1]] else -1)


def test_nobody_did_anything() -> None:
    made = attempts(trail([]), told([]), QUIET, NOW)
    assert rows(made) == []
    assert followed(made, told([(1, 3)]), told([]), FOLLOW, NOW).wait.tolist() == []
    assert first_from(told([]), np.array([4]), np.array([7])).tolist() == [NEVER]


def test_everybody_finished() -> None:
    some = [Hit(customer, 10, BEGUN) for customer in (1, 2, 3)]
    assert attempts(trail(some), told([(1, 11), (2, 12), (3, 40)]), QUIET, NOW).is_finished.all()


def test_a_finish_that_comes_after_the_quiet_leaves_it_given_up() -> None:
    made = attempts(trail([Hit(1, 10, BEGUN)]), told([(1, 41)]), QUIET, NOW)
    assert made.is_given_up.tolist() == [True]
    assert followed(made, told([(1, 60)]), told([(1, 41)]), FOLLOW, NOW).has_called.tolist() == [False]
