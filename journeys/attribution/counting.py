"""What models need of journeys, a day's say, counted once: whoever asks anew adds up and solves. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from journeys.attribution.chains import chain_from, credited, effects_of
from journeys.attribution.moving import Moves, moves_of, together
from journeys.attribution.paths import Credits, Floats, Paths, sums
from journeys.attribution.sharing import SHARING
from journeys.attribution.weighing import WEIGHING, credited_with

Key = TypeVar("Key")
ALONG = (*SHARING, *WEIGHING)  # the models that look at one path at a time
Pair = tuple[float, float]


@dataclass(frozen=True)
class Counts:
    """Of some journeys. totals: (conversions, value); unattributed: of those that touched nothing; along: what models
    that look at one path at a time credit channels with, by model; moves: by order.
    """

    channels: Sequence[str]
    totals: Pair
    unattributed: Pair
    along: Mapping[str, Credits]
    moves: Mapping[int, Moves]


def count(paths: Paths, along: Iterable[str] = ALONG, orders: Iterable[int] = (1, 2, 3)) -> Counts:
    """Count some journeys for these models."""
    return Counts(
        paths.channels,
        paths.totals,
        paths.unattributed,
        {name: along_paths(paths, name) for name in along},
        {order: moves_of(paths, order) for order in orders},
    )


def along_paths(paths: Paths, model: str) -> Credits:
    """What a model that looks at one path at a time credits channels with."""
    found = [by_model(model)(part) for part in paths.parts()]
    return Credits(*(np.sum([getattr(one, what) for one in found], axis=0) for what in ("conversions", "values")))


def by_model(name: str) -> Callable[[Paths], Credits]:
    return SHARING[name] if name in SHARING else lambda paths: credited_with(paths, WEIGHING[name](paths))


def add_up(counts: Sequence[Counts]) -> Counts:
    """The counts of several days, say, as one: of what all of them were counted for."""
    names = {name: None for one in counts for name in one.channels}
    numbers = {name: number for number, name in enumerate(names)}
    places = [np.array([numbers[name] for name in one.channels], dtype=np.int64) for one in counts]

    def summed(figures: Sequence[Floats]) -> Floats:
        return sums(np.concatenate(places), np.concatenate(figures), len(names))

    along = {
        name: Credits(*(
            summed([getattr(one.along[name], what) for one in counts]) for what in ("conversions", "values")
        ))
        for name in shared_by([one.along for one in counts])
    }  # fmt: skip
    moves = {
        order: together([one.moves[order] for one in counts]) for order in shared_by([one.moves for one in counts])
    }
    return Counts(tuple(names), total(one.totals for one in counts), total(one.unattributed for one in counts), along,
                  moves)  # fmt: skip


def shared_by(maps: Sequence[Mapping[Key, object]]) -> list[Key]:
    """The keys that all of them have, in the first one's order."""
    return [key for key in maps[0] if all(key in one for one in maps)]


def total(pairs: Iterable[Pair]) -> Pair:
    found = list(pairs)
    return sum(one for one, _ in found), sum(two for _, two in found)


def credit(counts: Counts) -> dict[str, Credits]:
    """What every model credits each channel with."""
    solved = {
        f"markov{order}": Credits(*(
            by_name(moves.channels, figures, counts.channels) for figures in solve(counts.totals, moves)
        ))
        for order, moves in counts.moves.items()
    }  # fmt: skip
    return {**counts.along, **solved}


def solve(totals: Pair, moves: Moves) -> tuple[Floats, Floats]:
    found = credited(totals, effects_of(chain_from(moves)))
    return found.conversions, found.values


def by_name(names: Sequence[str], figures: Floats, wanted: Sequence[str]) -> Floats:
    """Figures of channels by these names, in the order of others."""
    known = dict(zip(names, figures.tolist(), strict=True))
    return np.array([known.get(name, 0.0) for name in wanted])
