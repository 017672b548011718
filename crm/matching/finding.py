"""Finding: all that was said of anybody is read, scored and decided, and who is one customer follows."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from django.utils import timezone

from crm.matching.errors import UnfitRecords, UntrainedLevel
from crm.matching.facts import read_population
from crm.matching.labelling import measured, read_labels, taught
from crm.matching.linking import resolve_groups
from crm.matching.loading import connect
from crm.matching.model import Model
from crm.matching.models import Run
from crm.matching.outcome import Outcome
from crm.matching.pairs import score_all
from crm.matching.policy import decide
from crm.matching.progress import Progress
from crm.matching.resolving import find_shared, rules_of
from crm.matching.spark import require_spark, score_on_spark
from crm.matching.standing import Mark, read_standing
from crm.matching.starting import ENOUGH, knows_people, start
from crm.matching.tables import Coded, feature_columns, size_of
from crm.matching.training import train

Columns = Mapping[str, Coded]
SPARK = "spark"


def find(model: Model | None, backend: str, progress: Progress) -> Outcome:
    """Match everybody. model: what to score by; None where one is to be trained.

    Raises UnfitRecords and UntrainedLevel where there is too little to learn or compare.
    """
    if backend == SPARK:
        require_spark()
    progress.stage(Run.State.READING)
    mark = Mark.now()
    population = read_population()
    if len(population) < 2:
        raise UnfitRecords("fewer than two records say anything of a person: there is nothing to compare yet")
    standing = read_standing(population)
    columns, fields = feature_columns(population.fields), tuple(population.fields)
    population.fields.clear()  # the columns say it all, and hold each value once
    labels = None
    if model is None:
        progress.stage(Run.State.TRAINING)
        labels = read_labels(population)
        model = taught(learned(columns, fields), labels, columns)
    progress.stage(Run.State.SCORING)
    scores = score_on_spark(model, columns) if backend == SPARK else score_all(model, columns)
    progress.stage(Run.State.DECIDING)
    sharing = find_shared(scores, columns)
    if labels is not None:
        would_be = decide(scores, rules_of(model), sharing)
        model = replace(model, metrics={**model.metrics, **measured(labels, would_be)})
    decided = decide(scores, rules_of(model), sharing, standing.rulings)
    rank = np.arange(len(population), dtype=np.int64)
    clusters, wanted = resolve_groups(decided, standing.groups, rank, standing.taken_back)
    return Outcome(mark, population, standing, model, decided, clusters, wanted, scores.compared)


def learned(columns: Columns, fields: tuple[str, ...]) -> Model:
    """A model for these records: trained on them, or the starting one where they do not teach enough."""
    now = timezone.now()
    if size_of(columns) < ENOUGH:
        return start(columns, now, f"fewer than {ENOUGH:,} records teach too little")
    try:
        with connect() as connection:
            model = train(connection, columns, fields, now)
    except UntrainedLevel as error:
        return start(columns, now, f"training failed: {error}")
    if knows_people(model, columns):
        return model
    return start(columns, now, "training learned nothing of the names or birth dates that tell people apart")
