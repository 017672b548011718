"""The curve of Kaplan and Meier: against its definition told in plain Python, and against another road to it."""

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.paths.surviving import curve

Watched = list[tuple[int, bool]]
people = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=40)


def told(watched: Watched) -> tuple[Any, Any]:
    return np.array([one for one, _ in watched], dtype=np.int64), np.array([so for _, so in watched], dtype=np.bool_)


def product_limit(watched: Watched) -> list[tuple[int, Fraction, Fraction]]:
    """(time, share left, Greenwood's sum) by the definition, exactly."""
    left, spread, found = Fraction(1), Fraction(0), []
    for time in sorted({one for one, so in watched if so}):
        there = sum(one >= time for one, _ in watched)
        now = sum(one == time and so for one, so in watched)
        left *= 1 - Fraction(now, there)
        spread += Fraction(now, there * (there - now)) if there > now else 0
        found.append((time, left, spread))
    return found


def passed_on(watched: Watched) -> dict[int, Fraction]:
    """Efron's road to the same: whoever is no longer watched leaves their weight to those who still are."""
    weights = [Fraction(1, len(watched))] * len(watched)
    order = sorted(range(len(watched)), key=lambda one: (watched[one][0], not watched[one][1]))
    gone, found = Fraction(0), {}
    for place, one in enumerate(order):
        time, so = watched[one]
        if so:
            gone += weights[one]
            found[time] = gone
            continue
        for later in order[place + 1 :]:
            weights[later] += weights[one] / (len(order) - place - 1)
    return found


@given(people)
def test_a_curve_is_the_product_limit(watched: Watched) -> None:
    found, expected = curve(*told(watched)), product_limit(watched)
    assert found.times.tolist() == [time for time, _, _ in expected]
    assert found.share.tolist() == pytest.approx([float(1 - left) for _, left, _ in expected], abs=1e-12)
    for high, low, (_, left, spread) in zip(found.high, found.low, expected, strict=True):
        half = 1.959964 * float(left) * float(spread) ** 0.5
        assert high == pytest.approx(min(1, float(1 - left) + half), abs=1e-9)
        assert low == pytest.approx(max(0, float(1 - left) - half), abs=1e-9)


@given(people.filter(bool))
def test_weight_passed_on_by_those_who_left_gives_the_same_curve(watched: Watched) -> None:
    found = curve(*told(watched))
    expected = passed_on(watched)
    assert found.share.tolist() == pytest.approx([float(expected[time]) for time in found.times.tolist()], abs=1e-12)


@given(people, st.randoms())
def test_the_order_of_people_changes_nothing(watched: Watched, dice: random.Random) -> None:
    shuffled = list(watched)
    dice.shuffle(shuffled)
    for one, other in zip(curve(*told(watched)), curve(*told(shuffled)), strict=True):
        assert np.array_equal(one, other)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_where_everybody_was_watched_to_the_end_it_is_the_plain_share(times: list[int]) -> None:
    found = curve(np.array(times, dtype=np.int64), np.ones(len(times), dtype=np.bool_))
    for time in range(10):
        share = sum(one <= time for one in times) / len(times)
        assert found.at(time)[0] == pytest.approx(share, abs=1e-12)
        half = 1.959964 * (share * (1 - share) / len(times)) ** 0.5
        assert found.at(time)[2] == pytest.approx(min(1.0, share + half), abs=1e-9)


def test_nobody_makes_a_curve_without_a_point() -> None:
    assert curve(np.array([], dtype=np.int64), np.array([], dtype=np.bool_)).at(7) == (0, 0, 0)
