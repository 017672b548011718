"""Resolving: from scored pairs to decided ones, and to clusters of records. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crm.matching.clustering import Clusters, cluster
from crm.matching.model import Model
from crm.matching.policy import NO_RULINGS, Decisions, Rules, Rulings, Scores, contradictions, decide
from crm.matching.sharing import Sharing, numbered, shared_values
from crm.matching.tables import Coded

SHARED_FIELDS = ("email", "phone")


@dataclass(frozen=True)
class Resolved:
    decisions: Decisions
    clusters: Clusters


def rules_of(model: Model) -> Rules:
    """What a trained model tells the policy."""
    return Rules(model.strengths, model.prior_weight, model.has_households)


def resolve(
    scores: Scores,
    rules: Rules,
    columns: Mapping[str, Coded],
    rank: NDArray[np.int64],
    rulings: Rulings = NO_RULINGS,
) -> Resolved:
    """Decide every pair and cluster the records.

    columns: what the records were scored by. rank: one number for each record, all different: their order by id.
    rulings: staff's verdicts, whether two records are the same, by their indexes, the smaller one first.
    """
    decisions = decide(scores, rules, find_shared(scores, columns), rulings)
    return Resolved(decisions, cluster(decisions, rank))


def find_shared(scores: Scores, columns: Mapping[str, Coded]) -> dict[str, Sharing]:
    """The e-mail addresses and phones that several people share, by the name of the field."""
    against, found = contradictions(scores), {}
    for name in SHARED_FIELDS:
        if name in scores.levels and name in columns:
            values = numbered(columns[name].distinct, columns[name].index)
            found[name] = shared_values(values, scores.left, scores.right, against)
    return found
