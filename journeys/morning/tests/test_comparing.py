"""What is said to be usual, and what is news: laws of the intervals."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.morning.comparing import FEWEST, Share, compare, difference, news, usual

COUNTS = st.lists(st.integers(0, 5_000), min_size=FEWEST, max_size=10)
DAYS = 600
Draw = Callable[[float, int], list[float]]


def spread(rng: np.random.Generator, dispersion: float) -> Draw:
    """Counts of a mean whose variance is so many times their mean."""

    def draw(mean: float, n: int) -> list[float]:
        if dispersion == 1:
            return [float(one) for one in rng.poisson(mean, n)]
        p = 1 / dispersion
        return [float(one) for one in rng.negative_binomial(mean * p / (1 - p), p, n)]

    return draw


@pytest.mark.parametrize("weekdays", [7, 1])
@pytest.mark.parametrize("dispersion", [1, 3])
@pytest.mark.parametrize(("mean", "ratio"), [(20, 1.0), (20, 1.4), (400, 1.0), (400, 0.7)])
def test_the_interval_holds_the_truth_on_nineteen_of_twenty_days(
    mean: float, ratio: float, dispersion: float, weekdays: int
) -> None:
    draw = spread(np.random.default_rng(7), dispersion)
    held = 0
    for _ in range(DAYS):
        before = [draw(mean * (1 + weekday / 5), 8) for weekday in range(weekdays)]
        known = usual(before)
        assert known
        found = compare(draw(mean * ratio, 1)[0], known)
        held += found.low is not None and found.high is not None and found.low <= ratio <= found.high
    assert 0.925 <= held / DAYS <= 1


def test_money_varies_by_how_many_sales_there_are() -> None:
    rng = np.random.default_rng(3)

    def day() -> float:
        return float(rng.gamma(2, 200, rng.poisson(15)).sum())

    held = 0
    for _ in range(DAYS):
        known = usual([[day() for _ in range(8)] for _ in range(7)], least=400)
        assert known
        found = compare(day(), known)
        held += found.low is not None and found.high is not None and found.low <= 1 <= found.high
    assert 0.925 <= held / DAYS <= 0.99


@given(COUNTS, st.integers(0, 10_000))
def test_a_figure_is_within_the_band_just_where_its_interval_holds_one(before: list[int], now: int) -> None:
    known = usual([before])
    assert known
    low, high = known.band
    found = compare(now, known)
    if found.low is not None and found.high is not None and abs(found.p - 0.05) > 1e-6:
        assert (found.low <= 1 <= found.high) == (found.p >= 0.05)
        assert found.low - 1e-9 <= (found.ratio or 0) <= found.high + 1e-9 or now == 0
    if low > 0 and abs(found.p - 0.05) > 1e-6:
        assert (low <= now <= high) == (found.p >= 0.05)


@given(st.integers(0, 5_000))
def test_the_same_as_ever_is_no_news(count: int) -> None:
    known = usual([[count] * 8])
    assert known
    found = compare(count, known)
    assert found.p > 0.9
    assert known.band[0] <= count <= known.band[1]


@given(COUNTS, st.integers(0, 5_000), st.integers(1, 500))
def test_more_is_never_less(before: list[int], now: int, more: int) -> None:
    known = usual([before])
    assert known
    one, two = compare(now, known), compare(now + more, known)
    if one.low is not None and one.high is not None and two.low is not None and two.high is not None:
        assert one.low <= two.low + 1e-9
        assert one.high <= two.high + 1e-9


def test_what_has_too_little_before_it_is_not_compared() -> None:
    assert usual([[5.0] * (FEWEST - 1)]) is None
    assert usual([[-5.0] * FEWEST]) is None


def test_figures_that_are_too_small_have_no_interval() -> None:
    known = usual([[0.0, 0, 2, 0]])
    assert known
    assert compare(1, known).high is None
    none = usual([[0.0] * 8])
    assert none
    assert compare(12, none).ratio is None
    assert compare(12, none).p < 0.001


@given(st.lists(st.floats(0, 1), max_size=20))
def test_news_is_what_benjamini_and_hochberg_leave(chances: list[float]) -> None:
    ranked = sorted(range(len(chances)), key=lambda at: chances[at])
    last = max((k for k, at in enumerate(ranked, 1) if chances[at] <= 0.05 * k / len(chances)), default=0)
    for rank, at in enumerate(ranked, 1):
        if rank <= last:
            assert news(chances)[at]
        elif chances[at] > 0.05 * last / len(chances):
            assert not news(chances)[at]


def test_where_nothing_changed_news_is_rare_however_many_figures_there_are() -> None:
    rng = np.random.default_rng(5)
    with_news = sum(any(news(list(rng.uniform(size=12)))) for _ in range(2_000))
    assert with_news / 2_000 < 0.065


def test_wilson_and_newcombe_are_as_published() -> None:
    """Newcombe 1998, tables I and II: 81 of 263, and 56 of 70 against 48 of 80."""
    low, high = Share(81, 263).interval
    assert (round(low / 100, 4), round(high / 100, 4)) == (0.2553, 0.3662)
    found, down, up = difference(Share(56, 70), Share(48, 80))
    assert [round(one / 100, 4) for one in (found, down, up)] == [0.2, 0.0524, 0.3339]


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_share_lies_within_its_interval(some: int, others: int) -> None:
    share = Share(some, some + others)
    low, high = share.interval
    assert 0 <= low <= share.percent + 1e-9
    assert share.percent <= high + 1e-9 <= 100 + 1e-6
    assert math.isfinite(high)
