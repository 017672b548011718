"""What the clustering promises, whatever the pairs are."""

from collections.abc import Iterable
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.matching.clustering import Clusters, cluster
from crm.matching.policy import Decisions
from crm.matching.verdicts import Reason, Verdict

STRONG, WEAK, AGAINST = 12.0, 2.0, -8.0
Row = tuple[int, int, float, Verdict, Reason]
RECORDS = 14


def joined(left: int, right: int, weight: float = STRONG) -> Row:
    return left, right, weight, Verdict.JOINED, Reason.PERSON


def unsure(left: int, right: int) -> Row:
    return left, right, WEAK, Verdict.REVIEW, Reason.UNSURE


def against(left: int, right: int) -> Row:
    return left, right, AGAINST, Verdict.NOTHING, Reason.CONTRADICTION


def staff(left: int, right: int, is_same: bool) -> Row:
    if is_same:
        return left, right, 0.0, Verdict.JOINED, Reason.STAFF_SAME
    return left, right, 0.0, Verdict.DIFFERENT, Reason.STAFF_DIFFERENT


def decisions(rows: Iterable[Row]) -> Decisions:
    left, right, weight, verdict, reason = zip(*rows, strict=True) if rows else ((),) * 5
    return Decisions(
        np.array(left, np.int32),
        np.array(right, np.int32),
        np.array(weight, np.float32),
        np.array(verdict, np.int8),
        np.array(reason, np.int8),
    )


def clustered(rows: Iterable[Row], size: int = RECORDS, largest: int = 25) -> Clusters:
    return cluster(decisions(list(rows)), np.arange(size), largest)


def together(clusters: Clusters) -> set[frozenset[int]]:
    """The clusters of two or more."""
    found: dict[int, set[int]] = {}
    for record, label in enumerate(clusters.labels.tolist()):
        found.setdefault(label, set()).add(record)
    return {frozenset(members) for members in found.values() if len(members) > 1}


def clique(*records: int) -> list[Row]:
    return [joined(a, b) for a, b in combinations(records, 2)]


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Decided pairs of a few records, each pair once, either way round."""
    pairs = draw(st.lists(st.sampled_from([*combinations(range(RECORDS), 2)]), unique=True, max_size=40))
    rows: list[Row] = []
    for a, b in pairs:
        left, right = (a, b) if draw(st.booleans()) else (b, a)
        kind = draw(st.integers(0, 9))
        weight = draw(st.sampled_from([4.5, 7.3, 12.0]))
        several = [staff(left, right, True), staff(left, right, False), unsure(left, right), against(left, right)]
        rows.append(several[kind] if kind < len(several) else joined(left, right, weight))
    return rows


@given(histories(), st.randoms(use_true_random=False), st.integers(3, 8))
def test_the_order_of_the_pairs_does_not_matter(rows: list[Row], dice: Random, largest: int) -> None:
    turned = [(b, a, weight, verdict, reason) for a, b, weight, verdict, reason in rows]
    dice.shuffle(turned)
    assert together(clustered(rows, largest=largest)) == together(clustered(turned, largest=largest))


@given(histories(), st.permutations(range(RECORDS)), st.integers(3, 8))
def test_the_order_of_the_records_does_not_matter(rows: list[Row], places: list[int], largest: int) -> None:
    moved = [(places[a], places[b], weight, verdict, reason) for a, b, weight, verdict, reason in rows]
    rank = np.argsort(np.array(places))  # each keeps its own number
    there = cluster(decisions(moved), rank, largest).labels[places]
    assert np.array_equal(np.argsort(np.array(places))[there], clustered(rows, largest=largest).labels)


@given(histories(), st.integers(3, 8))
def test_different_is_never_overruled(rows: list[Row], largest: int) -> None:
    labels = clustered(rows, largest=largest).labels
    assert all(labels[a] != labels[b] for a, b, _, verdict, _ in rows if verdict == Verdict.DIFFERENT)


@given(histories(), st.integers(3, 8))
def test_only_staff_makes_a_cluster_larger_than_the_cap(rows: list[Row], largest: int) -> None:
    for members in together(clustered(rows, largest=largest)):
        by_staff = [row for row in rows if row[4] == Reason.STAFF_SAME and {*row[:2]} <= members]
        assert len(members) <= largest or by_staff


@given(histories())
def test_what_is_joined_or_held_is_every_joined_pair(rows: list[Row]) -> None:
    clusters = clustered(rows)
    apart = {
        row for row, (a, b, _, verdict, _) in enumerate(rows)
        if verdict == Verdict.JOINED and clusters.labels[a] != clusters.labels[b]
    }  # fmt: skip
    assert set(clusters.held.tolist()) == apart


def test_two_groups_of_three_do_not_join_over_one_pair() -> None:
    rows = [*clique(0, 1, 2), *clique(3, 4, 5), joined(2, 3)]
    clusters = clustered(rows)
    assert together(clusters) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    assert clusters.held.tolist() == [6]


def test_two_groups_of_three_join_over_two_pairs() -> None:
    rows = [*clique(0, 1, 2), *clique(3, 4, 5), joined(2, 3), joined(1, 4)]
    assert together(clustered(rows)) == {frozenset(range(6))}


def test_a_pair_joins_a_group_over_one_pair() -> None:
    assert together(clustered([*clique(0, 1, 2, 3), joined(3, 4), joined(4, 5)])) == {frozenset(range(6))}


def test_a_record_between_husband_and_wife_joins_one_of_them() -> None:
    rows = [joined(0, 1, 6.0), joined(1, 2, 9.0), against(0, 2)]
    assert together(clustered(rows)) == {frozenset({1, 2})}


def test_staff_joins_what_contradicts_and_what_is_too_large() -> None:
    rows = [against(0, 5), *(staff(a, a + 1, True) for a in range(5))]
    assert together(clustered(rows, largest=4)) == {frozenset(range(6))}


def test_different_parts_a_chain_at_its_weakest_pair() -> None:
    rows = [joined(0, 1, 8.0), joined(1, 2, 5.0), joined(2, 3, 8.0), staff(0, 3, False)]
    assert together(clustered(rows)) == {frozenset({0, 1}), frozenset({2, 3})}


@pytest.mark.parametrize("size", [0, 1, 5])
def test_records_without_pairs_stand_alone(size: int) -> None:
    assert clustered([], size=size).labels.tolist() == list(range(size))
