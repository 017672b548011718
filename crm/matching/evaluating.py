"""Evaluating on labelled records: the same training, policy and clustering as production, end to end."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from crm.matching.households import has_households
from crm.matching.measuring import Ints, numbered_truth, of_clusters, of_pairs, pair_count, peak_mb
from crm.matching.model import Model
from crm.matching.pairs import ScoredPairs, score_all
from crm.matching.policy import Rules
from crm.matching.reading import Labelled
from crm.matching.resolving import resolve
from crm.matching.tables import Coded, connect, feature_columns, figures, load
from crm.matching.training import train
from crm.matching.verdicts import Verdict

Figures = dict[str, float]


@dataclass(frozen=True)
class Evaluated:
    figures: Figures
    model: Model


def evaluate(labelled: Labelled, now: datetime) -> Evaluated:
    """Train, score, decide and cluster, and compare with the truth."""
    started = time.perf_counter()
    connection, columns = connect(), feature_columns(labelled.fields)
    load(connection, columns, len(labelled.truth), labelled.sides)
    model = train(connection, columns, tuple(labelled.fields), now, is_linked=labelled.is_linked)
    scores = score_all(connection, model, columns, is_linked=labelled.is_linked)
    clusters, joined = resolved(model, scores, columns, labelled.ids)
    seconds = time.perf_counter() - started
    truth, sides = numbered_truth(labelled.truth), np.asarray(labelled.sides, dtype=np.int64)
    found = of_pairs(scores.left[joined], scores.right[joined], truth, sides).figures("pair")
    found |= of_clusters(clusters, truth, sides).figures("cluster")
    found |= {"largest_cluster": int(np.bincount(clusters).max())}
    found |= {"blocking_recall": round(blocking_recall(connection, truth, sides), 4)}
    return Evaluated(found | {"seconds": round(seconds, 1), "peak_mb": peak_mb()}, model)


def resolved(
    model: Model, scores: ScoredPairs, columns: dict[str, Coded], ids: Collection[str]
) -> tuple[Ints, np.ndarray]:
    """Each record's cluster, and which pairs the policy joined."""
    rank = np.argsort(np.argsort(np.array(list(ids)), kind="stable"), kind="stable").astype(np.int64)
    found = resolve(scores, rules_of(model, scores), columns, rank)
    decided = found.decisions
    return found.clusters.labels.astype(np.int64), decided.verdict[: len(scores)] == Verdict.JOINED


def rules_of(model: Model, scores: ScoredPairs) -> Rules:
    """What the policy decides by."""
    return Rules(model.strengths, model.prior_weight, has_households(model, scores))


def blocking_recall(connection: duckdb.DuckDBPyConnection, truth: Ints, sides: Ints) -> float:
    """The share of true pairs that share a blocking key."""
    labels = pa.table({"idx": pa.array(np.arange(len(truth), dtype=np.int32)), "label": pa.array(truth)})
    connection.register("true_labels", labels)
    across = "and a.side <> b.side" if sides.any() else ""
    (met,) = figures(
        connection,
        "with labelled as (select * from block_keys join true_labels using (idx)) select count(*) from "  # noqa: S608
        f"(select distinct a.idx, b.idx from labelled a join labelled b on a.key = b.key and a.label = b.label "
        f"and a.idx < b.idx {across})",
    )
    return met / (pair_count(truth, sides) or 1)
