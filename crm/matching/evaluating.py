"""Evaluating on labelled records: the same training, policy and clustering as production, end to end."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from crm.matching.candidates import Sides, candidates
from crm.matching.loading import connect
from crm.matching.measuring import Ints, numbered_truth, of_clusters, of_pairs, pair_count, peak_mb
from crm.matching.model import Model
from crm.matching.numbering import numbered
from crm.matching.pairs import ScoredPairs, score_all
from crm.matching.reading import Labelled
from crm.matching.resolving import resolve, rules_of
from crm.matching.tables import Coded, feature_columns
from crm.matching.training import train
from crm.matching.verdicts import Verdict

Figures = dict[str, float]


@dataclass(frozen=True)
class Evaluated:
    figures: Figures
    model: Model


def evaluate(labelled: Labelled, now: datetime) -> Evaluated:
    """Train, score, decide and cluster, and compare with the truth. seconds: of both; resolve_seconds: once trained."""
    started = time.perf_counter()
    columns = feature_columns(labelled.fields)
    made = time.perf_counter()
    truth, sides = numbered_truth(labelled.truth), np.asarray(labelled.sides, dtype=np.int8)
    across = sides if labelled.is_linked else None
    with connect() as connection:  # what it holds is gone once trained
        model = train(connection, columns, tuple(labelled.fields), now, sides=across)
    learned = time.perf_counter()
    scores = score_all(model, columns, sides=across)
    clusters, joined = resolved(model, scores, columns, labelled.ids)
    seconds = {"train_seconds": learned - made, "resolve_seconds": time.perf_counter() - learned + made - started}
    found: Figures = {"seconds": sum(seconds.values()), **seconds}
    found = {name: round(figure, 1) for name, figure in found.items()} | {"peak_mb": peak_mb()}
    quality = of_pairs(scores.left[joined], scores.right[joined], truth, sides).figures("pair")
    quality |= of_clusters(clusters, truth, sides).figures("cluster")
    quality |= {"largest_cluster": int(np.bincount(clusters).max())}
    quality |= {"blocking_recall": round(blocking_recall(model, columns, truth, sides), 4)}
    return Evaluated(quality | found, model)


def resolved(
    model: Model, scores: ScoredPairs, columns: Mapping[str, Coded], ids: Collection[str]
) -> tuple[Ints, np.ndarray]:
    """Each record's cluster, and which pairs the policy joined."""
    rank = np.argsort(np.argsort(np.array(list(ids)), kind="stable"), kind="stable").astype(np.int64)
    found = resolve(scores, rules_of(model), columns, rank)
    decided = found.decisions
    return found.clusters.labels.astype(np.int64), decided.verdict[: len(scores)] == Verdict.JOINED


def blocking_recall(model: Model, columns: Mapping[str, Coded], truth: Ints, sides: Sides) -> float:
    """The share of true pairs that share a blocking key."""
    looked_at = (column for rule in model.rules for column in rule.columns)
    numbers = numbered(columns, looked_at, len(truth))
    left, right = candidates(numbers, model.rules, sides if sides.any() else None)
    return int((truth[left] == truth[right]).sum()) / (pair_count(truth, sides) or 1)
