"""Which scored links should stand, given what was decided and who is one already. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crm.matching.clustering import Clusters, cluster
from crm.matching.policy import Decisions, keys
from crm.matching.verdicts import Reason, Verdict

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(frozen=True)
class Wanted:
    """Rows of decided pairs. links: scored links that should stand; apart: joined pairs whose clusters are held apart;
    taken_back: pairs that would be joined, had staff not withdrawn that very link.
    """

    links: Longs
    apart: Longs
    taken_back: Longs


NOTHING = Wanted(*(np.empty(0, dtype=np.int64) for _ in range(3)))


def rulings_from(groups: Longs, different: Collection[tuple[int, int]]) -> dict[tuple[int, int], bool]:
    """What stands already, as rulings on records: those of one base group are one, and what staff called different.

    groups: each record's base group (what all links but the scored ones add up to), any number; different: pairs of
    such groups.
    """
    order = np.argsort(groups, kind="stable")
    follows = np.flatnonzero(groups[order][1:] == groups[order][:-1])
    same = zip(order[follows].tolist(), order[follows + 1].tolist(), strict=True)
    rulings = {(min(pair), max(pair)): True for pair in same}
    first = {int(groups[row]): int(row) for row in order[::-1]}
    for a, b in different:
        if a in first and b in first:
            pair = sorted((first[a], first[b]))
            rulings[pair[0], pair[1]] = False
    return rulings


def resolve_groups(
    decided: Decisions, groups: Longs, rank: Longs, taken_back: Collection[tuple[int, int]] = ()
) -> tuple[Clusters, Wanted]:
    """Cluster what was decided, and choose the links that make the clusters of the base groups.

    decided: with the rulings of `rulings_from` obeyed. taken_back: pairs of records whose scored link staff withdrew.
    """
    withdrawn = rows_of(decided, taken_back)
    withdrawn = withdrawn[decided.verdict[withdrawn] == Verdict.JOINED]
    verdict, reason = decided.verdict.copy(), decided.reason.copy()
    verdict[withdrawn] = Verdict.REVIEW
    reason[withdrawn] = Reason.UNSURE
    decided = replace(decided, verdict=verdict, reason=reason)
    clusters = cluster(decided, rank)
    is_scored = (decided.verdict == Verdict.JOINED) & (decided.reason != Reason.STAFF_SAME)
    inside = clusters.labels[decided.left] == clusters.labels[decided.right]
    between = groups[decided.left] != groups[decided.right]
    links = spanning(decided, np.flatnonzero(is_scored & inside & between), groups, rank)
    return clusters, Wanted(links, np.flatnonzero(is_scored & ~inside), withdrawn)


def may_link(decided: Decisions, groups: Longs) -> bool:
    """Whether any pair that is not staff's joins two base groups: without one no scored link is wanted."""
    joins = (decided.verdict == Verdict.JOINED) & (decided.reason != Reason.STAFF_SAME)
    return bool((joins & (groups[decided.left] != groups[decided.right])).any())


def rows_of(decided: Decisions, pairs: Collection[tuple[int, int]]) -> Longs:
    """The rows of these pairs of records."""
    if not pairs:
        return np.empty(0, dtype=np.int64)
    ends = np.array(sorted(pairs), dtype=np.int32)
    return np.flatnonzero(np.isin(keys(decided.left, decided.right), keys(ends[:, 0], ends[:, 1])))


def spanning(decided: Decisions, rows: Longs, groups: Longs, rank: Longs) -> Longs:
    """The rows of the strongest pairs that connect each cluster's groups: as few links as do it."""
    low = np.minimum(rank[decided.left[rows]], rank[decided.right[rows]])
    high = np.maximum(rank[decided.left[rows]], rank[decided.right[rows]])
    order = rows[np.lexsort((high, low, -decided.weight[rows]))]
    names: dict[int, int] = {}
    kept = [
        row
        for row, a, b in zip(
            order.tolist(), groups[decided.left[order]].tolist(), groups[decided.right[order]].tolist(), strict=True
        )
        if joined(names, a, b)
    ]
    return np.array(kept, dtype=np.int64)


def joined(names: dict[int, int], a: int, b: int) -> bool:
    """Join two groups' names; False when they were joined before."""
    a, b = root(names, a), root(names, b)
    if a == b:
        return False
    names[max(a, b)] = min(a, b)
    return True


def root(names: dict[int, int], name: int) -> int:
    while (further := names.get(name, name)) != name:
        names[name] = names.get(further, further)
        name = further
    return name


def grouped(nodes: Sequence[int], ties: Collection[tuple[int, int]]) -> dict[int, int]:
    """The base group of each identifier, named by its smallest id. ties: the links in force that are not scored."""
    names: dict[int, int] = {}
    for a, b in ties:
        joined(names, a, b)
    return {node: root(names, node) for node in nodes}
