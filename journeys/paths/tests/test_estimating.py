"""Means with an interval: a customer's attempts stand and fall together."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.paths.estimating import mean_of
from journeys.paths.surviving import SURE

values = st.lists(st.integers(0, 500), min_size=2, max_size=30)


@given(values)
def test_of_one_attempt_each_it_is_the_usual_interval(some: list[int]) -> None:
    found = mean_of(np.array(some, dtype=np.float64), np.arange(len(some)))
    half = SURE * statistics.stdev(some) / len(some) ** 0.5
    assert found.value == pytest.approx(statistics.mean(some))
    if half:
        assert found.interval == pytest.approx((found.value - half, found.value + half))
    else:
        assert found.interval is None


@given(values, st.integers(2, 4))
def test_the_same_again_of_the_same_customers_makes_it_no_surer(some: list[int], times: int) -> None:
    once = mean_of(np.array(some, dtype=np.float64), np.arange(len(some)))
    again = mean_of(np.array(some * times, dtype=np.float64), np.tile(np.arange(len(some)), times))
    assert again.value == pytest.approx(once.value)
    assert (again.interval or (0, 0)) == pytest.approx(once.interval or (0, 0))


def test_nobody_and_somebody_alone_have_no_interval() -> None:
    assert mean_of(np.array([]), np.array([], dtype=np.int64)).interval is None
    assert mean_of(np.array([3.0, 5.0]), np.array([7, 7])).interval is None
