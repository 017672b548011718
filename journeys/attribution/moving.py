"""How journeys moved from channel to channel: counts that add up, so that a day is counted once. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.attribution.paths import Codes, Flags, Floats, Ints, Paths, sums

DENSE_CELLS = 1 << 24  # counters of pairs that are kept side by side; of more, those that occur are sorted out


class Pairs(NamedTuple):
    """How many journeys went from a state to another, by their numbers."""

    before: Ints
    after: Ints
    journeys: Floats


@dataclass(frozen=True)
class Moves:
    """What some journeys did. A state is the last channels of a journey, as many as the order says.

    members: by state, its channels' numbers, the oldest first; -1 before those of a short path. begun, converted, lost:
    by state, the journeys that began in it, and that ended in it, with a conversion and without; valued: what the
    conversions were worth together.
    """

    channels: Sequence[str]
    members: Codes
    begun: Floats
    converted: Floats
    lost: Floats
    valued: Floats
    pairs: Pairs

    @property
    def size(self) -> int:
        return len(self.members)

    @property
    def order(self) -> int:
        return int(self.members.shape[1])


def moves_of(paths: Paths, order: int) -> Moves:
    """How the journeys of some paths moved. order: how many channels a state remembers, 1 or more."""
    is_short = order == 1 and len(paths.channels) ** 2 <= DENSE_CELLS
    return together([counted_at_once(part) if is_short else counted(part, order) for part in paths.parts()])


def counted_at_once(paths: Paths) -> Moves:
    """As `counted`, where a state is a channel: two times as fast."""
    size, touches, begins, ends = len(paths.channels), paths.touches, paths.starts[:-1], paths.starts[1:] - 1
    weights = paths.conversions + paths.nulls
    moves_on = np.ones(len(touches), dtype=np.bool_)
    moves_on[ends] = False
    moves_on[:-1] &= touches[:-1] != touches[1:]
    pairs = touches[:-1] * np.int32(size) + touches[1:]
    journeys = sums(pairs, (paths.spread(weights) * moves_on)[:-1], size * size)
    known = np.flatnonzero(journeys)
    before, after = np.divmod(known, max(1, size))
    return Moves(
        paths.channels,
        np.arange(size, dtype=np.int32)[:, None],
        begun=sums(touches[begins], weights, size),
        converted=sums(touches[ends], paths.conversions, size),
        lost=sums(touches[ends], paths.nulls, size),
        valued=sums(touches[ends], paths.values, size),
        pairs=Pairs(before, after, journeys[known]),
    )


def counted(paths: Paths, order: int) -> Moves:
    base = base_of(paths.channels, order)
    codes, owner = states_of(paths, order, base)
    is_first, is_last = np.ones(len(codes), dtype=np.bool_), np.ones(len(codes), dtype=np.bool_)
    is_first[1:] = owner[1:] != owner[:-1]
    is_last[:-1] = is_first[1:]
    known, states = numbered(codes, base**order)
    size, weights = len(known), paths.conversions + paths.nulls
    ends = states[is_last]
    return Moves(
        paths.channels,
        members_of(known, order, base),
        begun=sums(states[is_first], weights[owner[is_first]], size),
        converted=sums(ends, paths.conversions, size),
        lost=sums(ends, paths.nulls, size),
        valued=sums(ends, paths.values, size),
        pairs=pairs_of(states, weights[owner], is_last, size),
    )


def together(counts: Sequence[Moves]) -> Moves:
    """The moves of one order, of several days, say, as one. Channels are told apart by their names."""
    names = {name: None for one in counts for name in one.channels}
    if len(counts) == 1 and len(names) == len(counts[0].channels):
        return counts[0]
    numbers = {name: number for number, name in enumerate(names)}
    order, base = counts[0].order, base_of(list(names), counts[0].order)
    powers = base ** np.arange(order - 1, -1, -1, dtype=np.int64)
    lookups = [np.array([*(numbers[name] for name in one.channels), -1]) + 1 for one in counts]
    codes = np.concatenate([lookup[one.members] @ powers for lookup, one in zip(lookups, counts, strict=True)])
    known, states = numbered(codes, base**order)
    offsets = np.cumsum([0, *(one.size for one in counts)])
    before, after = (
        states[np.concatenate([side + at for side, at in zip(sides, offsets[:-1], strict=True)])]
        for sides in ([one.pairs.before for one in counts], [one.pairs.after for one in counts])
    )
    size = len(known)
    return Moves(
        tuple(names),
        members_of(known, order, base),
        begun=sums(states, np.concatenate([one.begun for one in counts]), size),
        converted=sums(states, np.concatenate([one.converted for one in counts]), size),
        lost=sums(states, np.concatenate([one.lost for one in counts]), size),
        valued=sums(states, np.concatenate([one.valued for one in counts]), size),
        pairs=summed(before, after, np.concatenate([one.pairs.journeys for one in counts]), size),
    )


def base_of(channels: Sequence[str], order: int) -> int:
    """What a state's channels are digits of, when it is told as one number: 0 stands for none."""
    base = len(channels) + 1
    if base ** (order + 1) > np.iinfo(np.int64).max:
        raise ValueError(f"{len(channels)} channels are too many for a chain of order {order}")
    return base


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


def pairs_of(states: Ints, weights: Floats, is_last: Flags, size: int) -> Pairs:
    """How many journeys went from each state to the next one."""
    rows = np.flatnonzero(~is_last)
    return summed(states[rows], states[rows + 1], weights[rows], size)


def summed(before: Ints, after: Ints, journeys: Floats, size: int) -> Pairs:
    """Every pair once: counted side by side where there is room."""
    known, places = numbered(before * size + after, size * size)
    rows, columns = np.divmod(known, max(1, size))
    return Pairs(rows, columns, sums(places, journeys, len(known)))


def members_of(known: Ints, order: int, base: int) -> NDArray[np.int32]:
    """The channels of states: the digits of their codes."""
    powers = base ** np.arange(order - 1, -1, -1, dtype=np.int64)
    return (known[:, None] // powers % base - 1).astype(np.int32)
