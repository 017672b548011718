"""The live scorer: how surely two records are one customer's, in numbers and words. Pure."""

import math
from dataclasses import dataclass

from crm.matching.comparisons import Comparison
from crm.matching.model import Model
from crm.matching.records import Features


@dataclass(frozen=True)
class Term:
    """What one comparison adds to the weight. level: its number, -1 where there was nothing to compare."""

    comparison: str
    level: int
    words: str
    weight: float


@dataclass(frozen=True)
class Scored:
    """The weight of two records, the prior's (the first term) included."""

    weight: float
    probability: float
    terms: tuple[Term, ...]

    @property
    def levels(self) -> dict[str, int]:
        return {term.comparison: term.level for term in self.terms[1:]}


def score(model: Model, a: Features, b: Features) -> Scored:
    """Score two records by their features (records.features). The terms sum to the weight."""
    prior = Term("prior", 0, "two records drawn at random", model.prior_weight)
    terms = (prior, *(compared(model, comparison, a, b) for comparison in model.comparisons))
    weight = math.fsum(term.weight for term in terms)
    return Scored(weight, probability(weight), terms)


def compared(model: Model, comparison: Comparison, a: Features, b: Features) -> Term:
    """What one comparison finds."""
    level = comparison.level(a, b)
    return Term(comparison.name, level, comparison.words(level), strength(model, comparison, level, a, b))


def measure(model: Model, a: Features, b: Features) -> tuple[float, tuple[int, ...]]:
    """(the weight, the level of each comparison of the model): the score of two records, without its words."""
    levels, strengths = [], [model.prior_weight]
    for comparison in model.comparisons:
        level = comparison.level(a, b)
        levels.append(level)
        strengths.append(strength(model, comparison, level, a, b))
    return math.fsum(strengths), tuple(levels)


def strength(model: Model, comparison: Comparison, level: int, a: Features, b: Features) -> float:
    """What a level adds to the weight, the rarity of its value included."""
    if level < 0:
        return 0.0
    weight, column, u = model.scales[comparison.name][level]
    return weight + math.log2(u / common_share(model, column, a, b)) if column else weight


def common_share(model: Model, column: str, a: Features, b: Features) -> float:
    """How frequent the compared values are; of several, the most frequent: the careful reading."""
    shares, floor = model.frequencies[column], model.floors[column]
    return max([shares.get(value, floor) for value in a[column] + b[column]])


def probability(weight: float) -> float:
    """The probability that a weight stands for."""
    return 1 / (1 + 2**-weight) if weight > -500 else 0.0
