"""Journeys made up for the attribution benchmark, and what crediting them takes. Runs in a process of its own."""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np

from journeys.attribution.counting import ALONG, add_up, along_paths, count, credit, solve
from journeys.attribution.gathering import Ends, Touches, gather
from journeys.attribution.moving import moves_of
from journeys.attribution.paths import Floats, Paths

FEWEST = 1_000
DAYS = 30
ORDERS = (1, 2, 3)
CHANNELS = (
    "Paid Search", "Organic Search", "Direct", "Email", "Paid Social", "Organic Social", "Phone", "Referral", "Display",
    "Affiliates", "Paid Video", "Message",
)  # fmt: skip
DIRECT = CHANNELS.index("Direct")
HEURISTICS = tuple(model for model in ALONG if model != "shapley")
MEAN_TOUCHES, MOST_TOUCHES = 3.5, 50
CONVERTED = 0.2
Made = TypeVar("Made")


@dataclass(frozen=True)
class Measured:
    """credits: by channel, the conversions at first order."""

    figures: dict[str, float]
    credits: dict[str, float]


def make(file: Path, journeys: int, seed: int) -> int:
    """Write touches as they are recorded, by time, journeys side by side; returns how many."""
    rng = np.random.default_rng(seed)
    lengths = np.minimum(rng.geometric(1 / MEAN_TOUCHES, journeys), MOST_TOUCHES)
    owners = np.repeat(np.arange(journeys, dtype=np.int32), lengths)
    rng.shuffle(owners)
    weights = 1 / np.arange(1, len(CHANNELS) + 1)
    channels = rng.choice(len(CHANNELS), len(owners), p=weights / weights.sum()).astype(np.int8)
    at = np.sort(rng.random(len(owners)) * DAYS)
    ended = np.zeros(journeys)
    ended[owners] = at  # the last one stays
    likely = np.zeros(journeys)
    np.add.at(likely, owners, 0.02 * (channels % 5))
    converted = (rng.random(journeys) < CONVERTED + likely).astype(np.float64)
    value = converted * rng.integers(1_000, 200_000, journeys)
    np.savez(file, journeys=owners, channels=channels, at=at, ended=ended, converted=converted, value=value)
    return len(owners)


def measure(file: Path) -> Measured:
    """Credit the journeys of a file by every model."""
    touches, ends = read(file)
    paths, gather_s = timed(lambda: gather(CHANNELS, touches, ends))
    _, heuristics_s = timed(lambda: [along_paths(paths, model) for model in HEURISTICS])
    _, shapley_s = timed(lambda: along_paths(paths, "shapley"))
    chains = {order: timed(partial(solved, paths, order)) for order in ORDERS}
    first_s = timed(lambda: solved(gather(CHANNELS, Touches(touches.journeys, touches.channels), ends), 1))[1]
    seconds = {"heuristics_s": heuristics_s, "shapley_s": shapley_s}
    seconds |= {f"markov{order}_s": taken for order, (_, taken) in chains.items()}
    figures = {"gather_s": gather_s, **{name: gather_s + taken for name, taken in seconds.items()}}
    figures |= {"all_s": gather_s + sum(seconds.values()), "peak_mb": peak_mb(), "refresh_s": refreshed(paths)}
    figures["markov1_s"] = first_s  # of paths that know their channels only, as the other package's do
    conversions: Floats = chains[1][0][0]
    return Measured(figures, dict(zip(CHANNELS, conversions.tolist(), strict=True)))


def read(file: Path) -> tuple[Touches, Ends]:
    with np.load(file) as told:
        touches = Touches(told["journeys"], told["channels"], told["at"], told["channels"] == DIRECT)
        milestones = np.column_stack([told["ended"] - 3, told["ended"] - 1])
        return touches, Ends(told["converted"], told["value"], told["ended"], milestones=milestones)


def solved(paths: Paths, order: int) -> tuple[Floats, Floats]:
    return solve(paths.totals, moves_of(paths, order))


def refreshed(paths: Paths) -> float:
    """The seconds it takes to count the newest of the days, and to solve every model over all of them."""
    cuts = np.linspace(0, len(paths.conversions), DAYS + 1).astype(np.int64).tolist()
    kept = [count(paths.part(first, end), ALONG, ORDERS) for first, end in pairwise(cuts[:-1])]
    newest = paths.part(cuts[-2], cuts[-1])
    return timed(lambda: credit(add_up([*kept, count(newest, ALONG, ORDERS)])))[1]


def timed(act: Callable[[], Made]) -> tuple[Made, float]:
    began = time.perf_counter()
    made = act()
    return made, time.perf_counter() - began


def peak_mb() -> float:
    """The most memory that this process held, its input among it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
