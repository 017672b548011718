"""Clustering: which records are one customer, once every pair has been decided. Pure.

Connected components chain: on a realistic set they grew one cluster to 7,458 records where the largest true one had
21. Here groups join from the strongest bridge down (average linkage), and a bridge is held where staff said
`different`, where the groups would grow past the cap, where contradictions outweigh it, or where two groups of three
or more hang on a single pair. The same pairs in any order give the same clusters.
"""

from dataclasses import dataclass

import numpy as np

from crm.matching.grouping import LARGEST, Bridges, Flags, Ints, Longs, group, settled
from crm.matching.policy import JOIN_WEIGHT, Decisions
from crm.matching.verdicts import Reason, Verdict

SCALE = 1000  # weights are added as whole thousandths: sums of floats depend on their order
FARTHEST = 10.0  # one pair's weight counts this much at most, for or against


@dataclass(frozen=True)
class Clusters:
    """labels: each record's cluster, named by its first record in rank. held: rows of joined pairs kept apart."""

    labels: Ints
    held: Longs


def cluster(decided: Decisions, rank: Longs, largest: int = LARGEST) -> Clusters:
    """Cluster the records. rank: one number for each record, all different, that breaks ties: their order by id."""
    size = len(rank)
    order = np.argsort(rank)
    place = np.empty(size, dtype=np.int32)
    place[order] = np.arange(size, dtype=np.int32)
    left, right = place[decided.left], place[decided.right]
    joined = decided.verdict == Verdict.JOINED
    connected = components(size, left[joined], right[joined])
    inside = np.flatnonzero(connected[left] == connected[right])
    names = group(size, bridges(decided, inside, left[inside], right[inside]), largest)
    return Clusters(order[names][place].astype(np.int32), np.flatnonzero(joined & (names[left] != names[right])))


def components(size: int, left: Ints, right: Ints) -> Ints:
    """The smallest record that each one is connected to, by itself or through others."""
    names = np.arange(size, dtype=np.int32)
    while len(left):
        low, high = np.minimum(names[left], names[right]), np.maximum(names[left], names[right])
        apart: Flags = low != high
        left, right = left[apart], right[apart]
        np.minimum.at(names, high[apart], low[apart])
        names = settled(names)
    return names


def bridges(decided: Decisions, rows: Longs, left: Ints, right: Ints) -> Bridges:
    """The decided pairs of these rows, as bridges between single records."""
    verdict, reason = decided.verdict[rows], decided.reason[rows]
    sums = (
        counted_weights(decided, rows),
        verdict == Verdict.JOINED,
        reason == Reason.CONTRADICTION,
        reason == Reason.STAFF_SAME,
        verdict == Verdict.DIFFERENT,
    )
    return Bridges(np.minimum(left, right), np.maximum(left, right), np.stack(sums, dtype=np.int32, casting="unsafe"))


def counted_weights(decided: Decisions, rows: Longs) -> Ints:
    """Weights as the averages count them: no pair outvotes all others, and a joined one never speaks against."""
    weight = np.clip(decided.weight[rows], -FARTHEST, FARTHEST)
    weight = np.where(decided.verdict[rows] == Verdict.JOINED, np.maximum(weight, JOIN_WEIGHT), weight)
    return np.rint(weight * SCALE).astype(np.int32)
