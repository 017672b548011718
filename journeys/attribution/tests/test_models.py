"""Attribution's models against others' definitions, worked out another way."""

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.attribution.chains import CONVERSION, NULL, ORDERS, START, Chain, chain_of, credited, effects_of
from journeys.attribution.files import Line, paths_of
from journeys.attribution.paths import Credits, Paths
from journeys.attribution.sharing import SHARING

Told = list[tuple[tuple[str, ...], int, int, int]]  # (channels, conversions, value, nulls) of each path
FIVE: Told = [
    (("a", "b", "b", "c"), 3, 30, 5), (("a",), 1, 10, 2), (("b", "a", "b"), 2, 25, 1), (("c", "c"), 1, 5, 0),
    (("a", "c", "a", "c"), 2, 9, 3),
]  # fmt: skip
TOUCHES = st.lists(st.sampled_from("abcde"), min_size=1, max_size=7).map(tuple)
COUNTS = st.integers(0, 9)


def worth(told: tuple[tuple[str, ...], int, int, int]) -> tuple[tuple[str, ...], int, int, int]:
    """A path whose value is of conversions."""
    channels, conversions, value, nulls = told
    return channels, conversions, value if conversions else 0, nulls


PATHS = st.lists(st.tuples(TOUCHES, COUNTS, st.integers(0, 99), COUNTS).map(worth), min_size=1, max_size=8)


def made(told: Told) -> Paths:
    return paths_of(iter(Line(channels, *figures) for channels, *figures in told))


def named(paths: Paths, figures: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> dict[str, float]:
    return dict(zip(paths.channels, figures.tolist(), strict=True))


def sums(found: Credits) -> tuple[float, float]:
    return float(found.conversions.sum()), float(found.values.sum())


# Along the path


def test_first_last_and_linear_are_those_of_channelattribution() -> None:
    """Its answers to these five paths, version 2.2.5."""
    paths = made(FIVE)
    found = {name: SHARING[name](paths) for name in ("first", "last", "linear")}
    assert named(paths, found["first"].conversions) == {"a": 6, "b": 2, "c": 1}
    assert named(paths, found["first"].values) == {"a": 49, "b": 25, "c": 5}
    assert named(paths, found["last"].conversions) == {"a": 1, "b": 2, "c": 6}
    assert named(paths, found["last"].values) == {"a": 10, "b": 25, "c": 44}
    linear = {"a": 3 + Fraction(5, 12), "b": 2 + Fraction(5, 6), "c": 2 + Fraction(3, 4)}
    assert named(paths, found["linear"].conversions) == pytest.approx({k: float(v) for k, v in linear.items()}, 1e-9)
    assert named(paths, found["linear"].values) == pytest.approx({"a": 91 / 3, "b": 95 / 3, "c": 17}, 1e-9)


@given(PATHS)
def test_the_shapley_value_is_the_one_that_every_order_of_joining_gives(told: Told) -> None:
    paths = made(told)
    won = Counter[frozenset[str]]()
    for channels, conversions, *_ in told:
        won[frozenset(channels)] += conversions

    def of(players: frozenset[str]) -> int:
        return sum(count for channels, count in won.items() if channels <= players)

    everybody, count = frozenset(paths.channels), len(paths.channels)
    brute = {
        one: sum(
            factorial(size) * factorial(count - size - 1) / factorial(count)
            * (of(frozenset(others) | {one}) - of(frozenset(others)))
            for size in range(count)
            for others in combinations(sorted(everybody - {one}), size)
        )
        for one in paths.channels
    }  # fmt: skip
    assert named(paths, SHARING["shapley"](paths).conversions) == pytest.approx(brute, abs=1e-9)


@given(PATHS)
def test_every_model_gives_away_all_there_is_and_no_more(told: Told) -> None:
    paths = made(told)
    for name, model in SHARING.items():
        assert sums(model(paths)) == pytest.approx(paths.totals, abs=1e-9), name
    for order in ORDERS:
        assert sums(credited(paths.totals, effects_of(chain_of(paths, order)))) == pytest.approx(
            paths.totals, abs=1e-9
        ), order


# Chains


Counts = dict[tuple[str, ...], Counter[tuple[str, ...]]]


def counted(told: Told, order: int) -> Counts:
    """How many journeys went from each state to each, walked one by one."""
    found: Counts = defaultdict(Counter)
    for channels, conversions, _, nulls in told:
        windows = [channels[at : at + order] for at in range(len(channels) - order + 1)] or [channels]
        states = [one for at, one in enumerate(windows) if not at or one != windows[at - 1]]
        for one, to in zip([(START,), *states], [*states, (CONVERSION,)], strict=True):
            found[one][to] += conversions + nulls if to != (CONVERSION,) else conversions
        found[states[-1]][(NULL,)] += nulls
    return found


def converting(counts: Counts, without: str = "") -> float:
    """The probability of a conversion, by a dense solve in which whatever has the channel leads nowhere."""
    states = [one for one in counts if without not in one and counts[one].total()]
    at = {one: n for n, one in enumerate(states)}
    system, goal = np.eye(len(states)), np.zeros(len(states))
    for one in states:
        total = counts[one].total()
        for to, count in counts[one].items():
            if to == (CONVERSION,):
                goal[at[one]] += count / total
            elif to in at:
                system[at[one], at[to]] -= count / total
    return float(np.linalg.solve(system, goal)[at[(START,)]]) if (START,) in at else 0.0


def probabilities(chain: Chain) -> dict[tuple[str, str], float]:
    return {(one, to): share for one, to, share in chain.transitions()}


@pytest.mark.parametrize("order", ORDERS)
@given(told=PATHS)
def test_a_chain_moves_as_the_journeys_did(order: int, told: Told) -> None:
    counts = counted(told, order)
    walked = {
        (" > ".join(one), " > ".join(to)): count / counts[one].total()
        for one in counts for to, count in counts[one].items() if count
    }  # fmt: skip
    assert probabilities(chain_of(made(told), order)) == pytest.approx(walked, abs=1e-12)


@pytest.mark.parametrize("order", ORDERS)
@given(told=PATHS)
def test_removal_effects_are_those_of_an_independent_dense_solve(order: int, told: Told) -> None:
    paths, counts = made(told), counted(told, order)
    before = converting(counts)
    wanted = {one: 1 - converting(counts, one) / before if before else 0.0 for one in paths.channels}
    assert named(paths, effects_of(chain_of(paths, order)).conversions) == pytest.approx(wanted, abs=1e-10)


def test_the_chains_are_those_of_channelattribution() -> None:
    """Its transition matrices of these five paths, and what its simulation of 5 million walks comes near to."""
    paths = made(FIVE)
    assert probabilities(chain_of(paths, 2)) == pytest.approx({
        (START, "a > b"): 8 / 20, (START, "a"): 3 / 20, (START, "b > a"): 3 / 20, (START, "c > c"): 1 / 20,
        (START, "a > c"): 5 / 20, ("a > b", "b > b"): 8 / 11, ("a > b", CONVERSION): 2 / 11, ("a > b", NULL): 1 / 11,
        ("b > b", "b > c"): 1.0, ("b > c", CONVERSION): 3 / 8, ("b > c", NULL): 5 / 8, ("a", CONVERSION): 1 / 3,
        ("a", NULL): 2 / 3, ("b > a", "a > b"): 1.0, ("c > c", CONVERSION): 1.0, ("a > c", "c > a"): 0.5,
        ("a > c", CONVERSION): 0.2, ("a > c", NULL): 0.3, ("c > a", "a > c"): 1.0,
    }, abs=1e-9)  # fmt: skip
    simulated = {
        1: ({"a": 0.8574, "b": 0.6126, "c": 0.7329}, {"a": 0.8526, "b": 0.6508, "c": 0.6436}),
        2: ({"a": 0.8892, "b": 0.5557, "c": 0.6672}, {"a": 0.9369, "b": 0.6960, "c": 0.5579}),
    }
    for order, (conversions, values) in simulated.items():
        effects = effects_of(chain_of(paths, order))
        assert named(paths, effects.conversions) == pytest.approx(conversions, abs=2e-3)
        assert named(paths, effects.values) == pytest.approx(values, abs=2e-3)


def test_a_chain_that_hardly_ever_ends_is_solved_as_exactly() -> None:
    """Round and round a hundred thousand times: what would take a fixed point for ever is eliminated."""
    told: Told = [(("a", "b") * 100_000, 1, 10, 1), (("a", "c"), 0, 0, 1)]
    paths = made(told)
    wanted = {one: 1 - converting(counted(told, 1), one) / converting(counted(told, 1)) for one in "abc"}
    assert named(paths, effects_of(chain_of(paths, 1)).conversions) == pytest.approx(wanted, abs=1e-10)


def test_a_cycle_that_never_converts_takes_nothing_away() -> None:
    paths = made([(("a", "b", "a", "b"), 0, 0, 5), (("c",), 2, 20, 0)])
    assert named(paths, credited(paths.totals, effects_of(chain_of(paths, 1))).conversions) == {"a": 0, "b": 0, "c": 2}


def test_where_nothing_converts_nobody_is_credited() -> None:
    paths = made([(("a", "b"), 0, 0, 5)])
    for order in ORDERS:
        assert sums(credited(paths.totals, effects_of(chain_of(paths, order)))) == (0, 0)


def test_a_refund_goes_where_its_sale_went() -> None:
    paths = made([(("a",), 1, -30, 0), (("b",), 1, 10, 1)])
    for name, model in SHARING.items():
        assert named(paths, model(paths).values) == {"a": -30, "b": 10}, name
    assert sums(credited(paths.totals, effects_of(chain_of(paths, 1)))) == pytest.approx((2, -20))


def test_more_channels_than_a_chain_can_tell_apart_are_refused() -> None:
    told: Told = [((f"channel {n}",), 1, 1, 0) for n in range(10_000)]
    with pytest.raises(ValueError, match="10000 channels are too many for a chain of order 4"):
        chain_of(made(told), 4)
    assert chain_of(made(told), 1).size == 10_000
