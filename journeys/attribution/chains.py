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

from journeys.attribution.moving import Moves, moves_of
from journeys.attribution.paths import Credits, Flags, Floats, Paths

START, CONVERSION, NULL = "(start)", "(conversion)", "(null)"
ORDERS = range(1, 5)
ITERATIONS = 2_000  # of the fixed point; what mixes more slowly is factorised
EXACT = 1e-13  # of the largest figure


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
    def has(self) -> Flags:
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
    return chain_from(moves_of(paths, order))


def chain_from(moves: Moves) -> Chain:
    """The chain of journeys that moved so."""
    shape = (moves.size, moves.size)
    counts = sparse.csr_matrix((moves.pairs.journeys, (moves.pairs.before, moves.pairs.after)), shape=shape)
    left = np.asarray(counts.sum(axis=1)).ravel() + moves.converted + moves.lost
    each = np.divide(1, left, out=np.zeros(moves.size), where=left > 0)
    return Chain(
        channels=moves.channels,
        members=moves.members,
        moves=sparse.csr_matrix(sparse.diags(each) @ counts),
        entries=moves.begun / (moves.begun.sum() or 1),
        conversions=moves.converted * each,
        nulls=moves.lost * each,
        worth=np.divide(moves.valued, moves.converted, out=np.zeros(moves.size), where=moves.converted > 0),
    )


def effects_of(chain: Chain) -> Effects:
    """The removal effect of every channel, on conversions and on their value."""
    kept = np.column_stack([~chain.has, np.ones(chain.size, dtype=np.bool_)])  # the last column: nobody is removed
    found = []
    for reward in (chain.conversions, chain.conversions * chain.worth):
        reached = chain.entries @ solved(chain.moves, reward, kept)
        all_of_it = reached[-1]
        found.append(1 - reached[:-1] / all_of_it if all_of_it else np.zeros(len(chain.channels)))
    return Effects(*found)


def solved(moves: sparse.csr_matrix, reward: Floats, kept: Flags) -> Floats:
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


def factorised(moves: sparse.csr_matrix, reward: Floats, kept: Flags) -> Floats:
    """As `solved`, of one column, by elimination among the states from which anything is to be had."""
    useful = np.flatnonzero(kept & leading(moves, reward != 0, kept))
    found = np.zeros(len(reward))
    if len(useful):
        system = sparse.identity(len(useful), format="csc") - moves[useful][:, useful]
        found[useful] = splu(sparse.csc_matrix(system)).solve(reward[useful])
    return found


def leading(moves: sparse.csr_matrix, goals: Flags, kept: Flags) -> Flags:
    """Which states lead to a goal through kept ones."""
    found = goals & kept
    while True:
        wider = found | (kept & ((moves @ found.astype(np.float64)) > 0))
        if (wider == found).all():
            return found
        found = wider


def credited(totals: tuple[float, float], effects: Effects) -> Credits:
    """So many conversions, and their value, shared out in proportion to the removal effects.

    Where refunds leave a channel's removal with more value than before, the value goes by the effects on conversions.
    """
    conversions, value = totals
    by_value = effects.values if (effects.values >= 0).all() and effects.values.sum() > 0 else effects.conversions
    return Credits(*(
        total * effect / effect.sum() if effect.sum() > 0 else np.zeros(len(effect))
        for total, effect in ((conversions, effects.conversions), (value, by_value))
    ))  # fmt: skip
