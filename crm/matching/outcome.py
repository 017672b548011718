"""What a whole pass finds: pairs decided, customers clustered, the links that should stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crm.matching.clustering import Clusters
from crm.matching.facts import Population
from crm.matching.linking import Wanted
from crm.matching.model import Model
from crm.matching.policy import Decisions
from crm.matching.standing import Mark, Pair, Standing
from crm.matching.verdicts import Verdict
from crm.matching.weighing import is_telling

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """In rows of the population. compared: pairs that were compared at all."""

    mark: Mark
    population: Population
    standing: Standing
    model: Model
    decided: Decisions
    clusters: Clusters
    wanted: Wanted
    compared: int

    @property
    def figures(self) -> dict[str, float | str]:
        """What the pass found, in figures. last_fact: what came in later it does not know."""
        return {
            "records": len(self.population),
            "customers": len(np.unique(self.standing.customers)),
            "compared": self.compared,
            "joined": self.count(Verdict.JOINED),
            "review": self.count(Verdict.REVIEW),
            "largest_customer": int(np.bincount(self.clusters.labels).max()),
            "model": self.model.version,
            "last_fact": self.mark.trait,
        }

    @property
    def between(self) -> NDArray[np.bool_]:
        """Which decided pairs are of two customers as all but scored links see them."""
        groups = self.standing.groups
        different: NDArray[np.bool_] = groups[self.decided.left] != groups[self.decided.right]
        return different

    def count(self, verdict: Verdict) -> int:
        told = is_telling(self.decided) & (self.decided.verdict == verdict)
        return int((told & self.between).sum())

    def ends(self, rows: Longs) -> Iterator[Pair]:
        """The identifiers of decided pairs, the smaller id first."""
        left, right = (self.population.ids[side[rows]] for side in (self.decided.left, self.decided.right))
        return zip(np.minimum(left, right).tolist(), np.maximum(left, right).tolist(), strict=True)

    def affected(self, ends: Sequence[int]) -> int:
        """How many customers would gain or lose identifiers. ends: of the links that are made or withdrawn, so that
        what a guard holds anyway does not count again each night.
        """
        names = (self.standing.customers, self.clusters.labels)
        before, after = (np.unique(one, return_inverse=True)[1] for one in names)
        both = np.unique(np.stack([before, after], axis=1), axis=0)
        parts, sources = np.bincount(both[:, 0]), np.bincount(both[:, 1])
        changed = (parts[both[:, 0]] > 1) | (sources[both[:, 1]] > 1)
        rows = self.population.rows_of(np.array(sorted(set(ends)), dtype=np.int64))
        return len(np.intersect1d(both[changed, 0], before[rows[rows >= 0]]))
