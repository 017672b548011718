"""Labels: what staff said of two compared identifiers. They are obeyed as rulings; here they teach, and measure.

Mostly the pairs that were asked about are labelled, the hard ones, so their levels are no fair sample: they count as
so many pairs beside a trained level's LENT. Measured on messy records (two seeds of 20,000, one of 50,000): cluster F1
.0001 to .0013 better with 500 reviewed pairs; taken at their face precision fell by up to .0026.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from crm.matching.facts import Population
from crm.matching.levelling import Leveller
from crm.matching.measuring import quality
from crm.matching.model import Model, Trained
from crm.matching.numbering import Ints, numbered
from crm.matching.policy import Decisions, Flags, keys
from crm.matching.settling import SMALLEST_M
from crm.matching.tables import Coded, size_of
from crm.matching.verdicts import Verdict
from crm.sql import cursor

FEWEST = 50  # pairs that staff called the same, to learn from
LENT = 200  # pairs that what was learned without labels counts for

READ = """
    SELECT a_id, b_id, state = 'same' FROM crm_review WHERE state IN ('same', 'different')
    UNION ALL
    SELECT a_id, b_id, verdict = 'same' FROM crm_link WHERE basis = 'staff' AND withdrawn_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Labels:
    """Pairs of rows of the population, and whether staff called them the same."""

    left: Ints
    right: Ints
    same: Flags

    def __len__(self) -> int:
        return len(self.left)


def read_labels(population: Population) -> Labels:
    """What staff said of identifiers that are compared; a standing verdict says more than an answer of before."""
    with cursor() as sql:
        told = {(a, b): same for a, b, same in sql.execute(READ)}
    ends = np.array(list(told), dtype=np.int64).reshape(-1, 2)
    rows = np.stack([population.rows_of(ends[:, side]) for side in (0, 1)], axis=1).astype(np.int32)
    known = (rows >= 0).all(axis=1)
    same = np.array(list(told.values()), dtype=np.bool_)
    return Labels(rows[known, 0], rows[known, 1], same[known])


def taught(model: Model, labels: Labels, columns: Mapping[str, Coded]) -> Model:
    """The model with what the labels say of how often each level agrees within one customer."""
    left, right = labels.left[labels.same], labels.right[labels.same]
    if len(left) < FEWEST:
        return model
    leveller = Leveller(numbered(columns, model.columns, size_of(columns)), model.comparisons)
    levels = dict(model.levels)
    for one in model.comparisons:
        found = leveller.levels(one, left, right)
        counts = np.bincount(found[found >= 0], minlength=len(one.levels) + 1)[::-1].tolist()
        levels[one.name] = blended(model.levels[one.name], counts)
    return replace(model, levels=levels)


def blended(trained: tuple[Trained, ...], counts: list[int]) -> tuple[Trained, ...]:
    """Levels, and how many labelled pairs have each: the closest first."""
    total = sum(counts) + LENT
    shares = [(count + LENT * level.m) / total for level, count in zip(trained, counts, strict=True)]
    return tuple(
        replace(level, m=min(max(share, SMALLEST_M), 1.0)) for level, share in zip(trained, shares, strict=True)
    )


def measured(labels: Labels, decided: Decisions) -> dict[str, float]:
    """How the policy would have decided the labelled pairs by itself. decided: without rulings."""
    if not len(labels):
        return {"label_count": 0}
    joined = decided.verdict == Verdict.JOINED
    asked = keys(labels.left, labels.right)
    is_joined = np.isin(asked, keys(decided.left[joined], decided.right[joined]))
    found = quality(int((is_joined & labels.same).sum()), int(is_joined.sum()), int(labels.same.sum()))
    return {"label_count": len(labels), **found.figures("label")}
