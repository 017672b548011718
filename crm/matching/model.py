"""The trained model: what each level of agreement weighs, how frequent values are, and how it was learned."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import NamedTuple

from crm.matching.blocking import Rule, named
from crm.matching.comparisons import Comparison, comparisons_for, frequency_columns

FORMAT = 1


@dataclass(frozen=True)
class Trained:
    """A level's probabilities: m among pairs of one customer, u among pairs of two."""

    name: str
    m: float
    u: float

    @property
    def weight(self) -> float:
        return math.log2(self.m / self.u)


class Step(NamedTuple):
    """What one level weighs. column: whose rare values weigh more, empty where none do; u: the level's own."""

    weight: float
    column: str
    u: float


@dataclass(frozen=True)
class Model:
    """A trained model.

    prior: the probability that two records drawn at random are one customer's. levels: by comparison, the closest
    first, `different` last. keys: the names of the blocking rules. frequencies: by column, the share of records with
    each frequent value; floors: the share that rarer ones count with. because: why this is the starting model; empty
    where the levels were learned from these very records.
    """

    version: str
    trained_at: str
    fields: tuple[str, ...]
    prior: float
    levels: Mapping[str, tuple[Trained, ...]]
    keys: tuple[str, ...]
    frequencies: Mapping[str, Mapping[str, float]]
    floors: Mapping[str, float]
    metrics: Mapping[str, float] = field(default_factory=dict)
    because: str = ""

    @property
    def prior_weight(self) -> float:
        return math.log2(self.prior / (1 - self.prior))

    @property
    def has_households(self) -> bool:
        """Whether people who share a household are among the records (households.py)."""
        return bool(self.metrics.get("has_households", True))

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The comparisons with the levels that were trained."""
        return tuple(
            trimmed(comparison, {level.name for level in self.levels[comparison.name]})
            for comparison in comparisons_for(self.fields)
            if comparison.name in self.levels
        )

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        return named(self.keys)

    @cached_property
    def columns(self) -> frozenset[str]:
        """All feature columns that it blocks on or compares."""
        compared = (column for one in self.comparisons for column in one.columns)
        return frozenset((*compared, *(column for rule in self.rules for column in rule.columns)))

    @cached_property
    def rare_columns(self) -> tuple[str, ...]:
        """The columns whose rare values weigh more."""
        return frequency_columns(self.comparisons)

    @cached_property
    def strengths(self) -> dict[str, tuple[float, ...]]:
        """Each comparison's weights, by level number from `different` (0) up."""
        return {name: tuple(level.weight for level in reversed(levels)) for name, levels in self.levels.items()}

    @cached_property
    def scales(self) -> dict[str, tuple[Step, ...]]:
        """What each level of each comparison weighs, by level number from `different` (0) up."""
        return {one.name: steps_of(one, self.levels[one.name]) for one in self.comparisons}

    def frequency(self, column: str, value: str) -> float:
        return self.frequencies[column].get(value, self.floors[column])

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Model":
        told = json.loads(text)
        if told.pop("format", None) != FORMAT:
            raise ValueError(f"This model is not of format {FORMAT}; train it anew.")
        told["levels"] = {name: tuple(Trained(**level) for level in rows) for name, rows in told["levels"].items()}
        return cls(**told | {"fields": tuple(told["fields"]), "keys": tuple(told["keys"])})


def steps_of(comparison: Comparison, levels: Sequence[Trained]) -> tuple[Step, ...]:
    """What each level of a comparison weighs, from `different` up. levels: as trained, `different` last."""
    known, different = {level.name: level for level in levels}, levels[-1]
    steps = [Step(known[one.name].weight, one.frequency, known[one.name].u) for one in reversed(comparison.levels)]
    return Step(different.weight, "", different.u), *steps


def trimmed(comparison: Comparison, names: set[str]) -> Comparison:
    """The comparison with the named levels only; a pair of another level falls to the next that passes."""
    levels = tuple(level for level in comparison.levels if level.name in names)
    return Comparison(comparison.name, comparison.label, comparison.base, levels, comparison.skipped)
