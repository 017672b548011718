"""Where people went from a step, and where they came from: one walk of each customer, and what walks add up to. Pure.

A walk begins with the first time that a customer took the step in the period, and goes so many steps on (or back), for
seven days at most. Where the seven days are not over and nothing came yet, nobody knows how it goes on.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.paths.hits import Flags, Hits, taken
from journeys.paths.packing import Ints

WITHIN = 7 * 86_400  # seconds
NOTHING, NOT_YET, OTHER = 0, -1, -2  # in the place of a step: none came; nobody knows yet; one that is not told apart
FEW = 1 << 16  # numbers below this are sorted by their digits
APART = 8  # steps of one place that are told apart
Steps = NDArray[np.int64]


class Walks(NamedTuple):
    """Of each customer: the steps, the one that was asked for first, and when. Of one length, `deep` + 1 wide."""

    customer: Ints
    steps: Steps
    at: Ints


class Flow(NamedTuple):
    """How many went from one step to another. place: which step of the walk it leads to; below 0 where it goes back.

    source, target: in the order of time. median, high: seconds between them, half and nine tenths of which were below.
    """

    place: int
    source: int
    target: int
    journeys: int
    median: float | None
    high: float | None


class Loop(NamedTuple):
    """There and back again: from a step to another and back to it. customers: who did; times: how often."""

    step: int
    by: int
    customers: int
    times: int


def once_each(hits: Hits) -> Hits:
    """Steps that were taken several times in a row, as one."""
    is_new = np.ones(len(hits.at), dtype=np.bool_)
    is_new[1:] = (hits.step[1:] != hits.step[:-1]) | (hits.customer[1:] != hits.customer[:-1])
    return taken(hits, is_new)


def begun(hits: Hits, step: int, since: int, until: int) -> Ints:
    """Where each customer took the step for the first time in the period (seconds since 1970)."""
    places = np.flatnonzero((hits.step == step) & (hits.at >= since) & (hits.at < until))
    is_first = np.ones(len(places), dtype=np.bool_)
    is_first[1:] = hits.customer[places[1:]] != hits.customer[places[:-1]]
    return places[is_first]


def walks(hits: Hits, begins: Ints, deep: int, now: int, *, is_back: bool) -> Walks:
    """The walks from these places."""
    customer, start = hits.customer[begins], hits.at[begins]
    nothing = np.full(len(begins), NOTHING) if is_back else np.where(start + WITHIN <= now, NOTHING, NOT_YET)
    steps, at = [hits.step[begins].astype(np.int64)], [start]
    goes_on = np.ones(len(begins), dtype=np.bool_)
    for n in range(1, deep + 1):
        places = begins - n if is_back else begins + n
        goes_on &= (places >= 0) & (places < len(hits.at))
        there = np.where(goes_on, places, begins)
        goes_on &= (hits.customer[there] == customer) & (np.abs(hits.at[there] - start) <= WITHIN)
        steps.append(np.where(goes_on, hits.step[there], nothing))
        at.append(np.where(goes_on, hits.at[there], start))
    return Walks(customer, np.stack(steps, axis=1), np.stack(at, axis=1))


def told_apart(found: Walks, like: Steps | None = None) -> Steps:
    """The steps of walks, at each place the most frequent ones only; the rest is other. like: walks that say which."""
    folded = found.steps.copy()
    for place in range(1, folded.shape[1]):
        column = folded[:, place]
        most = most_frequent(column) if like is None else np.unique(like[:, place])
        column[(column > 0) & ~np.isin(column, most)] = OTHER
    return folded


def most_frequent(column: Steps) -> Steps:
    counts = np.bincount(column[column > 0])
    most = np.argsort(-counts, kind="stable")[:APART]
    return most[counts[most] > 0]


def flows(found: Walks, folded: Steps, *, is_back: bool) -> list[Flow]:
    """From where to where, by place, the most frequent first."""
    made = []
    for place in range(1, folded.shape[1]):
        went = (folded[:, place - 1] > 0) | (folded[:, place - 1] == OTHER)
        ends = folded[went, place - 1], folded[went, place]
        seconds = np.abs(found.at[went, place] - found.at[went, place - 1])
        some = [flow(-place if is_back else place, one, is_back) for one in grouped(*ends, seconds)]
        made += sorted(some, key=lambda one: (-one.journeys, one.source, one.target))
    return made


def grouped(ours: Steps, theirs: Steps, seconds: Ints) -> Iterable[tuple[int, int, Ints]]:
    """(this step, the next one, the seconds between) of each pair that occurs."""
    if not len(ours):
        return
    known = seen(ours, theirs)
    places = np.zeros(int(known.max()) - OTHER + 1, dtype=np.int64)
    places[known - OTHER] = np.arange(len(known))
    pairs = (places[ours - OTHER] * len(known) + places[theirs - OTHER]).astype(np.uint16)
    order = np.argsort(pairs, kind="stable")
    there, starts = np.unique(pairs[order], return_index=True)
    for pair, some in zip(there.tolist(), np.split(seconds[order], starts[1:]), strict=True):
        yield int(known[pair // len(known)]), int(known[pair % len(known)]), some


def seen(*columns: Steps) -> Steps:
    """The steps that occur, in order: by counting, since there are few."""
    most = max(int(column.max()) for column in columns)
    is_there = np.zeros(most - OTHER + 1, dtype=np.bool_)
    for column in columns:
        is_there[column - OTHER] = True
    return np.flatnonzero(is_there) + OTHER


def flow(place: int, pair: tuple[int, int, Ints], is_back: bool) -> Flow:
    ours, theirs, seconds = pair
    source, target = (theirs, ours) if is_back else (ours, theirs)
    if theirs in (NOTHING, NOT_YET):
        return Flow(place, source, target, len(seconds), None, None)
    median, high = np.percentile(seconds, [50, 90]).tolist()
    return Flow(place, source, target, len(seconds), median, high)


def who_went(found: Walks, folded: Steps, place: int, ours: int, theirs: int) -> Ints:
    """The customers who went from one step to another at a place (1 and up), by number."""
    return np.sort(found.customer[(folded[:, place - 1] == ours) & (folded[:, place] == theirs)])


def top_paths(found: Walks, most: int) -> list[tuple[tuple[int, ...], int]]:
    """(the steps of a walk, how many walked so), the most frequent first."""
    base = int(found.steps.max(initial=0)) - NOT_YET + 1
    if base ** found.steps.shape[1] > np.iinfo(np.int64).max:
        rows, counts = np.unique(found.steps, axis=0, return_counts=True)
        best = np.argsort(-counts, kind="stable")[:most]
        return [(tuple(row), count) for row, count in zip(rows[best].tolist(), counts[best].tolist(), strict=True)]
    powers = base ** np.arange(found.steps.shape[1] - 1, -1, -1, dtype=np.int64)
    codes, counts = np.unique((found.steps - NOT_YET) @ powers, return_counts=True)
    best = np.argsort(-counts, kind="stable")[:most]
    walked = codes[best, None] // powers % base + NOT_YET
    return [(tuple(row), count) for row, count in zip(walked.tolist(), counts[best].tolist(), strict=True)]


def ended(found: Walks) -> list[tuple[int, int]]:
    """By place: (of how many it is known how they went on, how many of them did nothing more)."""
    made = []
    for place in range(1, found.steps.shape[1]):
        there = found.steps[found.steps[:, place - 1] > 0, place]
        made.append((int((there != NOT_YET).sum()), int((there == NOTHING).sum())))
    return made


def loops(hits: Hits, step: int, most: int) -> list[Loop]:
    """There and back again, where the step is one of the two."""
    steps, whose = hits.step, hits.customer
    back = (whose[2:] == whose[:-2]) & (steps[2:] == steps[:-2]) & (steps[1:-1] != steps[:-2])
    back &= (steps[:-2] == step) | (steps[1:-1] == step)
    places = np.flatnonzero(back)
    if not len(places):
        return []
    is_from = steps[places] == step
    others = np.where(is_from, steps[places + 1], steps[places]).astype(np.int64)
    pairs, who = others * 2 + is_from, whose[places]
    order = np.argsort(pairs.astype(np.uint16) if int(pairs.max()) < FEW else pairs, kind="stable")
    pairs, who = pairs[order], who[order]
    begins_pair, begins_person = (np.ones(len(pairs), dtype=np.bool_) for _ in range(2))
    begins_pair[1:] = pairs[1:] != pairs[:-1]
    begins_person[1:] = begins_pair[1:] | (who[1:] != who[:-1])
    starts = np.flatnonzero(begins_pair)
    customers = np.add.reduceat(begins_person.astype(np.int64), starts)
    times = np.diff(np.append(starts, len(pairs)))
    made = [
        Loop(step, code // 2, people, often) if code % 2 else Loop(code // 2, step, people, often)
        for code, people, often in zip(pairs[starts].tolist(), customers.tolist(), times.tolist(), strict=True)
    ]
    return sorted(made, key=lambda one: (-one.customers, -one.times, one.step, one.by))[:most]


def repeats(hits: Hits, step: int) -> tuple[int, int]:
    """(how many customers took the step several times in a row, how often). hits: every one, not each once."""
    again = (hits.step[1:] == step) & (hits.step[:-1] == step) & (hits.customer[1:] == hits.customer[:-1])
    return len(np.unique(hits.customer[1:][again])), int(again.sum())


def within(hits: Hits, since: int, until: int) -> Hits:
    which: Flags = (hits.at >= since) & (hits.at < until)
    return hits if which.all() else taken(hits, which)
