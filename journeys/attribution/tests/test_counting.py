"""Touches gathered into paths, and days that are counted apart and added up, against everything at once."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.attribution.chains import chain_from, chain_of
from journeys.attribution.counting import Counts, add_up, count, credit
from journeys.attribution.gathering import Ends, Touches, gather
from journeys.attribution.paths import Paths
from journeys.attribution.tests.test_models import PATHS, Told, made

OF_COUNTS = ("first", "last", "linear", "shapley", "position")
DAYS = st.lists(PATHS, min_size=1, max_size=4)


def counts_of(told: Told) -> Counts:
    return count(made(told), OF_COUNTS, (1, 2))


def credited(counts: Counts) -> dict[tuple[str, str], tuple[float, float]]:
    """By model and channel, what it is credited with."""
    return {
        (model, channel): (float(found.conversions[at]), float(found.values[at]))
        for model, found in credit(counts).items()
        for at, channel in enumerate(counts.channels)
    }


def transitions(counts: Counts, order: int) -> dict[tuple[str, str], float]:
    return {(one, to): share for one, to, share in chain_from(counts.moves[order]).transitions()}


@given(DAYS)
def test_days_that_are_counted_apart_add_up_to_what_all_of_them_at_once_give(days: list[Told]) -> None:
    at_once, added = counts_of([one for day in days for one in day]), add_up([counts_of(day) for day in days])
    assert added.totals == pytest.approx(at_once.totals)
    wanted, found = credited(at_once), credited(added)
    assert found.keys() == wanted.keys()
    for key, figures in wanted.items():
        assert found[key] == pytest.approx(figures, abs=1e-9), key
    for order in added.moves:
        assert transitions(added, order) == pytest.approx(transitions(at_once, order), abs=1e-12)


@given(PATHS, st.integers(1, 3))
def test_many_paths_are_counted_in_parts_to_the_same_end(told: Told, size: int) -> None:
    whole = made(told)
    with mock.patch.object(Paths.parts, "__defaults__", (size,)):
        in_parts = [sorted(chain_of(whole, order).transitions()) for order in (1, 2)]
    assert whole.parts() == [whole]
    for order, found in zip((1, 2), in_parts, strict=True):
        wanted = sorted(chain_of(whole, order).transitions())
        assert [one[:2] for one in found] == [one[:2] for one in wanted]
        assert [one[2] for one in found] == pytest.approx([one[2] for one in wanted])


def test_what_was_not_counted_of_every_day_is_not_added_up() -> None:
    told: Told = [(("a", "b"), 1, 10, 0)]
    added = add_up([count(made(told), ["first", "last"], [1, 2]), count(made(told), ["last"], [1])])
    assert list(credit(added)) == ["last", "markov1"]


# Touches


@given(st.lists(st.text("abd", max_size=5), min_size=1, max_size=5), st.data())
def test_touches_are_gathered_into_their_paths_in_whatever_order_they_were_recorded(
    told: list[str], data: st.DataObject
) -> None:
    """A day between two touches; d is direct; the lead was there half a day after the second touch."""
    recorded = data.draw(st.permutations([(n, at) for n, one in enumerate(told) for at in range(len(one))]))
    touches = Touches(
        np.array([n for n, _ in recorded], dtype=np.int64), np.array(["abd".index(told[n][at]) for n, at in recorded]),
        np.array([float(at) for _, at in recorded]), np.array([told[n][at] == "d" for n, at in recorded], dtype=bool),
    )  # fmt: skip
    one = np.ones(len(told))
    found = gather("abd", touches, Ends(one, 10 * one, 9 * one, milestones=np.array([(1.5, np.nan)] * len(told))))
    kept = [path for path in told if path]
    assert ["".join("abd"[at] for at in path) for path in np.split(found.touches, found.starts[1:-1])] == (kept or [""])
    assert found.ages is not None
    assert found.ages.tolist() == [9 - at for path in kept for at in range(len(path))]
    assert found.is_direct is not None
    assert found.is_direct.tolist() == [channel == "d" for path in kept for channel in path]
    assert found.milestones is not None
    assert found.milestones.tolist() == [[min(1, len(path) - 1), -1] for path in kept]
    assert found.unattributed == (len(told) - len(kept), 10 * (len(told) - len(kept)))


def test_a_lead_from_before_the_first_touch_was_brought_by_none() -> None:
    touches = Touches(np.array([0]), np.array([0]), np.array([2.0]), np.array([False]))
    found = gather("a", touches, Ends(np.ones(1), np.ones(1), np.array([3.0]), milestones=np.array([[1.0, 2.0]])))
    assert found.milestones is not None
    assert found.milestones.tolist() == [[-1, 0]]


def test_a_journey_that_did_not_convert_counts_among_those_that_did_not() -> None:
    touches = Touches(np.array([0, 1]), np.array([0, 0]), np.array([2.0, 2.0]), np.array([False, False]))
    found = gather("a", touches, Ends(np.array([1.0, 0.0]), np.array([5.0, 0.0]), np.array([3.0, 3.0])))
    assert found.nulls.tolist() == [0, 1]
