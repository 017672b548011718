"""Markov chains of paths, and what each channel's removal takes from their conversions: solved, not simulated. Pure.

The chain is the one that the package ChannelAttribution defines: a state is the last k channels (of a shorter path all
of them), consecutive equal states are one, and a journey ends in (conversion) or (null). The effect of a channel is
1 - P(conversion without it) / P(conversion), where without it every state that has it leads nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from journeys.attribution.paths import Codes, Credits, Floats, Ints, Paths

START, CONVERSION, NULL = "(start)", "(conversion)", "(null)"
ORDERS = range(1, 5)
ITERATIONS = 2_000  # of the fixed point; what mixes more slowly is factorised
EXACT = 1e-13  # of the largest figure
DENSE_CELLS = 1 << 24  # counters of pairs that are kept side by side; of more, those that occur are sorted out


@dataclass(frozen=True)
class Chain:
    """An absorbing chain. members: by state, its channels' numbers, the oldest first; -1 before those of a short path.

    moves: probabilities from state to state (CSR); entries: of beginning in each; conversions, nulls: of ending so
    from each; worth: the mean value of the conversions that follow each at once.
    """

    channels: Sequence[str]
    members: NDArray[np.int32]
    moves: sparse.csr_matrix
    entries: Floats
    conversions: Floats
    nulls: Floats
    worth: Floats

    @property
    def size(self) -> int:
        return len(self.members)

    @cached_property
    def has(self) -> NDArray[np.bool_]:
        """By state and channel, whether the state has it."""
        found = np.zeros((self.size, len(self.channels) + 1), dtype=np.bool_)
        np.put_along_axis(found, self.members.astype(np.int64), True, axis=1)  # -1: the column after the last
        return found[:, :-1]

    def named(self, state: int) -> str:
        """A state as people read it: its channels with > between."""
        return " > ".join(self.channels[one] for one in self.members[state] if one >= 0)

    def transitions(self) -> list[tuple[str, str, float]]:
        """Every (from, to, probability) that is not 0."""
        rows = [(START, self.named(to), float(self.entries[to])) for to in np.flatnonzero(self.entries).tolist()]
        moves = self.moves.tocoo()
        rows += [
            (self.named(int(one)), self.named(int(to)), float(share))
            for one, to, share in zip(moves.row, moves.col, moves.data, strict=True)
        ]
        for ending, shares in ((CONVERSION, self.conversions), (NULL, self.nulls)):
            rows += [(self.named(one), ending, float(shares[one])) for one in np.flatnonzero(shares).tolist()]
        return rows


@dataclass(frozen=True)
class Effects:
    """By channel, the share of the conversions, and of their value, that its removal takes away."""

    conversions: Floats
    values: Floats


def chain_of(paths: Paths, order: int) -> Chain:
    """The chain of some paths. order: how many channels a state remembers, 1 or more."""
    base = len(paths.channels) + 1
    if base ** (order + 1) > np.iinfo(np.int64).max:
        raise ValueError(f"{len(paths.channels)} channels are too many for a chain of order {order}")
    codes, owner = states_of(paths, order, base)
    is_first, is_last = np.ones(len(codes), dtype=np.bool_), np.ones(len(codes), dtype=np.bool_)
    is_first[1:] = owner[1:] != owner[:-1]
    is_last[:-1] = is_first[1:]
    known, states = numbered(codes, base**order)
    size, weights = len(known), paths.conversions + paths.nulls
    begun = np.bincount(states[is_first], weights[owner[is_first]], size)
    ends = states[is_last]
    converted, lost, valued = (
        np.bincount(ends, figures, size) for figures in (paths.conversions, paths.nulls, paths.values)
    )
    moves = moved(states, weights[owner], is_last, size)
    left = np.asarray(moves.sum(axis=1)).ravel() + converted + lost
    each = np.divide(1, left, out=np.zeros(size), where=left > 0)
    return Chain(
        channels=paths.channels,
        members=members_of(known, order, base),
        moves=sparse.csr_matrix(sparse.diags(each) @ moves),
        entries=begun / (begun.sum() or 1),
        conversions=converted * each,
        nulls=lost * each,
        worth=np.divide(valued, converted, out=np.zeros(size), where=converted > 0),
    )


def states_of(paths: Paths, order: int, base: int) -> tuple[Ints, Ints]:
    """(the states that paths go through, each as one number, equal neighbours once; whose path each is)."""
    lengths, counts = paths.lengths, np.maximum(paths.lengths - order + 1, 1)
    owner = np.repeat(np.arange(len(lengths)), counts)
    at = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(paths.starts[:-1], counts)
    codes = np.zeros(len(owner), dtype=np.int64)
    ends = paths.starts[1:][owner]
    for step in range(order):
        is_there = at + step < ends  # a path that is shorter than a state is one by itself
        digits = np.where(is_there, paths.touches[np.minimum(at + step, ends - 1)] + 1, 0)
        codes = np.where(is_there, codes * base + digits, codes)
    is_new = np.ones(len(codes), dtype=np.bool_)
    is_new[1:] = (codes[1:] != codes[:-1]) | (owner[1:] != owner[:-1])
    return codes[is_new], owner[is_new]


def numbered(codes: Ints, most: int) -> tuple[Ints, Ints]:
    """(the codes there are, in order; the place of each among them)."""
    if most > DENSE_CELLS:
        return np.unique(codes, return_inverse=True)
    is_there = np.zeros(most, dtype=np.bool_)
    is_there[codes] = True
    places = np.cumsum(is_there) - 1
    return np.flatnonzero(is_there), places[codes]


def moved(states: Ints, weights: Floats, is_last: NDArray[np.bool_], size: int) -> sparse.csr_matrix:
    """How many journeys went from each state to each: counted side by side where there is room."""
    rows = np.flatnonzero(~is_last)
    pairs = states[rows] * size + states[rows + 1]
    known, places = numbered(pairs, size * size)
    counts = np.bincount(places, weights[rows], len(known))
    return sparse.csr_matrix((counts, np.divmod(known, max(1, size))), shape=(size, size))


def members_of(known: Ints, order: int, base: int) -> Codes:
    """The channels of states: the digits of their codes."""
    powers = base ** np.arange(order - 1, -1, -1, dtype=np.int64)
    return (known[:, None] // powers % base - 1).astype(np.int32)


def effects_of(chain: Chain) -> Effects:
    """The removal effect of every channel, on conversions and on their value."""
    kept = np.column_stack([~chain.has, np.ones(chain.size, dtype=np.bool_)])  # the last column: nobody is removed
    found = []
    for reward in (chain.conversions, chain.conversions * chain.worth):
        reached = chain.entries @ solved(chain.moves, reward, kept)
        all_of_it = reached[-1]
        found.append(1 - reached[:-1] / all_of_it if all_of_it else np.zeros(len(chain.channels)))
    return Effects(*found)


def solved(moves: sparse.csr_matrix, reward: Floats, kept: NDArray[np.bool_]) -> Floats:
    """For each column of `kept`, what is expected from each state where only those states lead anywhere: the smallest
    solution of x = kept (moves x + reward), by its fixed point.

    How far it is from it is known: what one step still adds, times the most steps that a journey is expected to take.
    """
    gain = kept * reward[:, None]
    found, going_on, longest = gain.copy(), np.ones(len(reward)), np.inf
    for step in range(1, ITERATIONS):
        following: Floats = kept * np.asarray(moves @ found) + gain
        change = float(np.abs(following - found).max(initial=0.0))
        found, going_on = following, np.asarray(moves @ going_on)
        if (share := float(going_on.max(initial=0.0))) < 1:
            longest = min(longest, step / (1 - share))
        if change == 0 or change * longest < EXACT * float(np.abs(found).max()):
            return found
    return np.column_stack([factorised(moves, reward, column) for column in kept.T])


def factorised(moves: sparse.csr_matrix, reward: Floats, kept: NDArray[np.bool_]) -> Floats:
    """As `solved`, of one column, by elimination among the states from which anything is to be had."""
    useful = np.flatnonzero(kept & leading(moves, reward != 0, kept))
    found = np.zeros(len(reward))
    if len(useful):
        system = sparse.identity(len(useful), format="csc") - moves[useful][:, useful]
        found[useful] = splu(sparse.csc_matrix(system)).solve(reward[useful])
    return found


def leading(moves: sparse.csr_matrix, goals: NDArray[np.bool_], kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which states lead to a goal through kept ones."""
    found = goals & kept
    while True:
        wider = found | (kept & ((moves @ found.astype(np.float64)) > 0))
        if (wider == found).all():
            return found
        found = wider


def credited(paths: Paths, effects: Effects) -> Credits:
    """The conversions and their value, shared out in proportion to the removal effects.

    Where refunds leave a channel's removal with more value than before, the value goes by the effects on conversions.
    """
    conversions, value = paths.totals
    by_value = effects.values if (effects.values >= 0).all() and effects.values.sum() > 0 else effects.conversions
    return Credits(*(
        total * effect / effect.sum() if effect.sum() > 0 else np.zeros(len(effect))
        for total, effect in ((conversions, effects.conversions), (value, by_value))
    ))  # fmt: skip
