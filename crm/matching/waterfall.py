"""One pair's weight taken apart: what each comparison adds, and what the policy takes off. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm.matching.comparisons import Comparison
from crm.matching.model import Model
from crm.matching.policy import SAME_HOUSEHOLD, SAME_NAME
from crm.matching.records import Features
from crm.matching.scoring import Scored, Term, common_share, probability, score

PRIOR = "prior"
NOTHING: Mapping[str, float] = {}
COUNTED_OTHERWISE = {
    SAME_HOUSEHOLD: "What a household shares counts once, up to a cap",
    SAME_NAME: "The e-mail address only echoes the name",
}


class Agreement(StrEnum):
    """How two sides of one field stand to each other."""

    SAME = "same"
    NEAR = "near"
    DIFFERS = "differs"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one comparison found. words: as a clause; how: the same beside the field's label.

    level: its number, -1 where there was nothing to compare. weight: before the policy. is_known: of either side.
    """

    comparison: str
    label: str
    agreement: Agreement
    level: int
    words: str
    weight: float
    is_known: bool = True

    @property
    def how(self) -> str:
        if self.agreement != Agreement.NEAR:
            return self.agreement.value
        plural = f"{self.label}s"
        for beginning in (f"{plural} are ", f"{self.label} is ", f"{plural} ", f"{self.label} "):
            if self.words.startswith(beginning):
                return self.words.removeprefix(beginning)
        return self.words


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the waterfall: from `start`, by `weight`. name: the comparison's, or what the policy counts for."""

    name: str
    words: str
    weight: float
    start: float

    @property
    def end(self) -> float:
        return self.start + self.weight


@dataclass(frozen=True, slots=True)
class Fall:
    """A pair's weight, step by step; the steps sum to it. It is what the policy decides by."""

    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    weight: float
    probability: float


def fall(model: Model, a: Features, b: Features, taken: Mapping[str, float] = NOTHING) -> Fall:
    """Take a pair's weight apart. taken: what the policy takes off it, and for what (policy.taken_off)."""
    scored = score(model, a, b)
    adjusted = [(name, counted(name), -less) for name, less in taken.items() if less]
    findings = [found(one, term, a, b) for one, term in zip(model.comparisons, scored.terms[1:], strict=True)]
    steps = tuple(stacked([*said(model, scored, a, b), *adjusted]))
    weight = math.fsum(step.weight for step in steps)
    return Fall(steps, tuple(findings), weight, probability(weight))


def said(model: Model, scored: Scored, a: Features, b: Features) -> list[tuple[str, str, float]]:
    """(name, words, weight) of the prior and of each comparison that had something to compare, the strongest first."""
    prior, *terms = scored.terms
    compared = sorted((term for term in terms if term.level >= 0), key=lambda term: -term.weight)
    words = {one.name: rarity(model, one, term, a, b) for one, term in zip(model.comparisons, terms, strict=True)}
    told = [(term.comparison, capital(term.words) + words[term.comparison], term.weight) for term in compared]
    return [(PRIOR, "Two records drawn at random", prior.weight), *told]


def rarity(model: Model, comparison: Comparison, term: Term, a: Features, b: Features) -> str:
    """How rare the agreeing value is, where that is part of the weight: ", 1 in 2,400"."""
    column = comparison.levels[len(comparison.levels) - term.level].frequency if term.level > 0 else ""
    if not column:
        return ""
    share = common_share(model, column, a, b)
    rarer = " or rarer" if share <= model.floors[column] else ""
    return f", 1 in {round(1 / share):,}{rarer}"


def counted(name: str) -> str:
    """What the policy counts otherwise, in words."""
    return COUNTED_OTHERWISE.get(name) or f"Several people share this {name.replace('email', 'e-mail')}"


def stacked(told: list[tuple[str, str, float]]) -> list[Step]:
    """Each step where the one before it ended."""
    steps: list[Step] = []
    for name, words, weight in told:
        steps.append(Step(name, words, weight, steps[-1].end if steps else 0.0))
    return steps


def found(comparison: Comparison, term: Term, a: Features, b: Features) -> Finding:
    """What a comparison found, in words."""
    mine, others = bool(a.get(comparison.base)), bool(b.get(comparison.base))
    agreement, words = agreement_of(comparison, term.level), term.words
    if term.level < 0 and mine and others:  # another comparison says it
        agreement, words = Agreement.NEAR, f"{comparison.label} changes places"
    return Finding(comparison.name, comparison.label, agreement, term.level, words, term.weight, mine or others)


def agreement_of(comparison: Comparison, level: int) -> Agreement:
    if level <= 0:
        return Agreement.DIFFERS if level == 0 else Agreement.MISSING
    name = comparison.levels[len(comparison.levels) - level].name
    return Agreement.SAME if name == "same" else Agreement.NEAR


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]
