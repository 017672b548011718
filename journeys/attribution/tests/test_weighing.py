"""Models that know more of a touch than its channel, against each journey by itself; and money in pennies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.attribution.files import Line, paths_of
from journeys.attribution.paths import Paths
from journeys.attribution.pennies import to_the_penny, unit_of
from journeys.attribution.sharing import SHARING
from journeys.attribution.weighing import WEIGHING, credited_with, time_decay


@dataclass(frozen=True)
class Touch:
    """age: days before the conversion."""

    channel: str
    age: float = 0.0
    is_direct: bool = False


@dataclass(frozen=True)
class Journey:
    """lead, opportunity: the places of the touches that brought them."""

    touches: Sequence[Touch]
    lead: int = -1
    opportunity: int = -1
    value: int = 10


def made(journeys: Sequence[Journey]) -> Paths:
    paths = paths_of(iter(Line(tuple(one.channel for one in of.touches), 1, of.value, 0) for of in journeys))
    touches = [one for of in journeys for one in of.touches]
    return replace(
        paths,
        ages=np.array([one.age for one in touches]),
        is_direct=np.array([one.is_direct for one in touches]),
        milestones=np.array([(of.lead, of.opportunity) for of in journeys]),
    )


def shares(model: str, journey: Journey) -> list[float]:
    found: list[float] = WEIGHING[model](made([journey])).tolist()
    return found


def journey(channels: str, **more: int) -> Journey:
    """A journey of one-letter channels, the oldest first, a day apart; d is direct."""
    ages = range(len(channels) - 1, -1, -1)
    return Journey([Touch(one, age, one == "d") for one, age in zip(channels, ages, strict=True)], **more)


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    ages = sorted(draw(st.lists(st.floats(0, 5_000), min_size=1, max_size=6)), reverse=True)
    touches = [Touch(draw(st.sampled_from("abc")), age, draw(st.booleans())) for age in ages]
    places = st.integers(-1, len(touches) - 1)
    return Journey(touches, draw(places), draw(places), draw(st.integers(-99, 99)))


SEVERAL = st.lists(journeys(), min_size=1, max_size=6)


# Every model


@pytest.mark.parametrize("model", WEIGHING)
@given(SEVERAL)
def test_each_conversion_is_shared_out_whole(model: str, told: list[Journey]) -> None:
    paths = made(told)
    found = WEIGHING[model](paths)
    assert (found >= 0).all()
    assert np.add.reduceat(found, paths.starts[:-1]) == pytest.approx(np.ones(len(told)), abs=1e-12)


@pytest.mark.parametrize("model", WEIGHING)
@given(SEVERAL)
def test_a_conversion_is_shared_as_if_there_were_no_other(model: str, told: list[Journey]) -> None:
    alone = [share for one in told for share in shares(model, one)]
    assert WEIGHING[model](made(told)).tolist() == pytest.approx(alone, abs=1e-12)


@pytest.mark.parametrize("model", WEIGHING)
@given(SEVERAL)
def test_channels_get_all_there_is_and_no_more(model: str, told: list[Journey]) -> None:
    paths = made(told)
    found = credited_with(paths, WEIGHING[model](paths))
    assert (found.conversions.sum(), found.values.sum()) == pytest.approx(paths.totals, abs=1e-9)


@pytest.mark.parametrize("model", WEIGHING)
@pytest.mark.parametrize("only", [Touch("a", 400), Touch("d", is_direct=True)])
def test_a_touch_alone_gets_all(model: str, only: Touch) -> None:
    assert shares(model, Journey([only], lead=0, opportunity=0)) == [1]


@pytest.mark.parametrize("model", WEIGHING)
def test_no_path_is_shared_out_as_nothing(model: str) -> None:
    nothing = np.array([], dtype=np.float64)
    paths = Paths(
        (), nothing.astype(np.int32), np.array([0]), nothing, nothing, nothing,
        ages=nothing, is_direct=nothing.astype(np.bool_), milestones=np.empty((0, 2), dtype=np.int64),
    )  # fmt: skip
    assert WEIGHING[model](paths).tolist() == []


@pytest.mark.parametrize("model", ["last_non_direct", "w", "time_decay"])
def test_what_aggregated_paths_do_not_tell_is_said_to_be_missing(model: str) -> None:
    with pytest.raises(ValueError, match="which aggregated paths do not tell"):
        WEIGHING[model](paths_of(iter([Line(("a", "b"), 1, 1, 0)])))


# Each of them


def test_last_non_direct_passes_over_the_direct_ones_at_the_end() -> None:
    assert shares("last_non_direct", journey("abdd")) == [0, 1, 0, 0]
    assert shares("last_non_direct", journey("dda")) == [0, 0, 1]
    assert shares("last_non_direct", journey("dd")) == [0, 1]


@given(SEVERAL)
def test_where_nothing_is_direct_last_non_direct_is_the_last(told: list[Journey]) -> None:
    paths = replace(made(told), is_direct=np.zeros(sum(len(one.touches) for one in told), dtype=np.bool_))
    found, last = credited_with(paths, WEIGHING["last_non_direct"](paths)), SHARING["last"](paths)
    assert found.conversions.tolist() == last.conversions.tolist()


@pytest.mark.parametrize(
    ("channels", "wanted"),
    [("a", [1]), ("ab", [0.5, 0.5]), ("abc", [0.4, 0.2, 0.4]), ("abca", [0.4, 0.1, 0.1, 0.4])],
)
def test_position_looks_to_both_ends(channels: str, wanted: list[float]) -> None:
    assert shares("position", journey(channels)) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (journey("abcde", lead=2, opportunity=4), [0.3, 0.05, 0.3, 0.05, 0.3]),
        (journey("abcd", lead=0, opportunity=2), [0.6, 0.05, 0.3, 0.05]),
        (journey("abc", lead=1, opportunity=1), [0.3, 0.6, 0.1]),
        (journey("abc", lead=1, opportunity=2), [1 / 3, 1 / 3, 1 / 3]),
        (journey("abc", lead=1), [3 / 7, 3 / 7, 1 / 7]),
        (journey("abc"), [0.75, 0.125, 0.125]),
        (journey("ab", lead=0, opportunity=0), [0.9, 0.1]),
    ],
)
def test_w_looks_to_the_lead_and_the_opportunity_too(told: Journey, wanted: list[float]) -> None:
    assert shares("w", told) == pytest.approx(wanted)


def test_time_decay_halves_each_week() -> None:
    told = Journey([Touch("a", 14), Touch("b", 7), Touch("c", 0)])
    assert shares("time_decay", told) == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    assert time_decay(made([told]), half_life=14).tolist() == pytest.approx(
        np.array([0.5, 0.5**0.5, 1]) / (1.5 + 0.5**0.5)
    )


@given(journeys(), st.floats(0, 50_000))
def test_time_decay_asks_only_how_much_older_one_touch_is_than_another(told: Journey, shift: float) -> None:
    earlier = replace(told, touches=[replace(one, age=one.age + shift) for one in told.touches])
    assert shares("time_decay", earlier) == pytest.approx(shares("time_decay", told), abs=1e-9)


def test_a_touch_after_its_conversion_is_refused() -> None:
    with pytest.raises(ValueError, match="leave out what came after a conversion"):
        shares("time_decay", Journey([Touch("a", -0.1)]))
    with pytest.raises(ValueError, match="a half-life of 0 days"):
        time_decay(made([journey("ab")]), half_life=0)


# Money


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(-(10**9), 10**9), st.sampled_from(["EUR", "JPY"])
)
def test_money_adds_up_to_the_penny(weights: list[float], pennies: int, currency: str) -> None:
    unit = unit_of(Decimal(0), currency)
    total, all_of_it = pennies * unit, sum(weights)
    told = [float(total) * one / all_of_it if all_of_it else float(total) / len(weights) for one in weights]
    found = to_the_penny(told, total, currency)
    assert sum(found) == total
    assert all(abs(float(got) - share) <= float(unit) * (1 + 1e-6) for got, share in zip(found, told, strict=True))


def test_what_rounding_leaves_goes_to_those_who_lost_most_by_it() -> None:
    assert to_the_penny([10 / 3] * 3, Decimal(10), "EUR") == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert to_the_penny([0.001, 0.009], Decimal("0.01"), "GBP") == [0, Decimal("0.01")]
    assert to_the_penny([-10 / 3] * 3, Decimal(-10), "EUR") == [Decimal("-3.33"), Decimal("-3.33"), Decimal("-3.34")]
    assert to_the_penny([50, 50, 0], Decimal(100), "JPY") == [50, 50, 0]
    assert to_the_penny([1 / 3] * 3, Decimal(1), "KWD") == [Decimal("0.334"), Decimal("0.333"), Decimal("0.333")]
    assert to_the_penny([0.25, 0.25], Decimal("0.50"), "JPY") == [Decimal("0.3"), Decimal("0.2")]


def test_shares_that_are_of_another_sum_are_no_shares() -> None:
    with pytest.raises(ValueError, match=r"shares of 2\.00 are no shares of 10"):
        to_the_penny([1, 1], Decimal(10), "EUR")
