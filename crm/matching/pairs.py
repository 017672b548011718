"""The whole pass: every pair of records that shares a blocking key, scored at once in bounded memory. Pure."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crm.matching.candidates import THREADS, Sides, candidates
from crm.matching.comparisons import Comparison
from crm.matching.levelling import Leveller, Levels
from crm.matching.model import Model
from crm.matching.numbering import Ints, Numbers, numbered
from crm.matching.tables import Coded, size_of

LOWEST_WEIGHT = -10.0  # pairs below it say nothing worth keeping
PAIRS_AT_ONCE = 100_000  # of each thread

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class ScoredPairs:
    """Scored pairs in columns; weight includes the prior, levels are by comparison (-1 nothing to compare)."""

    left: Ints
    right: Ints
    weight: Weights
    levels: Mapping[str, Levels]
    compared: int

    def __len__(self) -> int:
        return len(self.left)

    @cached_property
    def probability(self) -> Weights:
        shares: Weights = 1 / (1 + np.exp2(-np.clip(self.weight, -500, 500)))
        return shares


class Scorer:
    """Scores pairs of records by a model. columns: in numbers, all that its comparisons look at."""

    def __init__(self, model: Model, columns: Mapping[str, Numbers]) -> None:
        self.model = model
        self.leveller = Leveller(columns, model.comparisons)
        self.shares = {name: shares(model, name, columns[name]) for name in model.rare_columns}

    def score(self, left: Ints, right: Ints, floor: float) -> ScoredPairs:
        """Score the pairs; those that do not reach the floor are left out."""
        starts = range(0, max(len(left), 1), PAIRS_AT_ONCE)
        with ThreadPoolExecutor(THREADS) as pool:
            ends = (slice(at, at + PAIRS_AT_ONCE) for at in starts)
            parts = list(pool.map(lambda some: self.score_part(left[some], right[some], floor), ends))
        return ScoredPairs(
            np.concatenate([part.left for part in parts]),
            np.concatenate([part.right for part in parts]),
            np.concatenate([part.weight for part in parts]),
            {one.name: np.concatenate([part.levels[one.name] for part in parts]) for one in self.model.comparisons},
            len(left),
        )

    def score_part(self, left: Ints, right: Ints, floor: float) -> ScoredPairs:
        weight = np.full(len(left), self.model.prior_weight)
        levels: dict[str, Levels] = {}
        for comparison in self.model.comparisons:
            found = self.leveller.levels(comparison, left, right)
            levels[comparison.name] = found
            weight += self.gains(comparison, found, left, right)
        kept = np.flatnonzero(weight >= floor)
        kept_levels = {name: found[kept] for name, found in levels.items()}
        return ScoredPairs(left[kept], right[kept], weight[kept], kept_levels, len(left))

    def gains(self, comparison: Comparison, found: Levels, left: Ints, right: Ints) -> Weights:
        """What a comparison's levels add, the rarity of the values included."""
        gained: Weights = np.array([0.0, *self.model.strengths[comparison.name]])[found + 1]
        for number, level in comparison.closest():
            if level.frequency:
                rows = np.flatnonzero(found == number)
                share = self.shares[level.frequency]
                u = self.model.scales[comparison.name][number].u
                gained[rows] += np.log2(u / np.maximum(share[left[rows]], share[right[rows]]))
        return gained


def shares(model: Model, name: str, column: Numbers) -> Weights:
    """How frequent each record's value is; of several, the most frequent: the careful reading. 0 where it has none."""
    known = [model.frequency(name, text) for text in column.texts]
    return column.highest(np.array(known, dtype=np.float64))


def score_all(
    model: Model, columns: Mapping[str, Coded], *, sides: Sides | None = None, floor: float = LOWEST_WEIGHT
) -> ScoredPairs:
    """Score every pair of records that shares a blocking key of the model's. sides: only pairs across are found."""
    numbers = numbered(columns, model.columns, size_of(columns))
    left, right = candidates(numbers, model.rules, sides)
    return Scorer(model, numbers).score(left, right, floor)
