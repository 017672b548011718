"""Training, without labels: Splink estimates how often levels agree by chance (u) and within one customer (m)."""

import logging
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
from splink import DuckDBAPI, Linker, block_on
from splink.internals.exceptions import EMTrainingException

from crm.matching.blocking import rules_for
from crm.matching.candidates import Sides, candidates, usable
from crm.matching.comparisons import Comparison, comparisons_for, frequency_columns
from crm.matching.errors import UnfitRecords
from crm.matching.households import has_households
from crm.matching.levelling import Leveller
from crm.matching.loading import figures, load
from crm.matching.model import Model, Trained
from crm.matching.numbering import Ints, Numbers, numbered
from crm.matching.pairs import LOWEST_WEIGHT, Scorer
from crm.matching.settling import Taught, settle
from crm.matching.tables import Coded, size_of

MAX_PAIRS = 1_000_000  # drawn at random; too few leave rare levels unseen
SESSION_PAIRS = 1_000_000
LEARNED_RECORDS = 300_000  # that Splink sees; of the pairs of more it would itself draw a part
SESSIONS = 5  # at most; each leaves out what it blocks on
FEWEST_PAIRS = 20  # that a session can learn from
SEED = 7
ROUNDS = (50, 12, 5, 2)
PRIOR_ROUNDS = 3
PRIOR_PAIRS = 1_000_000  # of the candidates; the prior is the share of them that is expected to be one customer's
RARE = 1e-5  # of the records; rarer values count as frequent as this
LEARNED_FROM = (
    ("dob",), ("given", "surname"), ("email",), ("phone",), ("surname", "postcode"), ("given", "postcode"),
    ("street", "number"), ("national_id",), ("given", "dob_year"), ("surname", "city"), ("company",), ("surname",),
    ("given",), ("city",), ("postcode",),
)  # fmt: skip
COUNTED = {False: "count(*) * (count(*) - 1) / 2", True: "count(*) filter (side = 0) * count(*) filter (side = 1)"}
COLUMN = re.compile(r"\b([lr])\.(\w+)")


def splink_settings(
    comparisons: Iterable[Comparison],
    several: Collection[str],
    prior: float,
    trained: Mapping[str, Sequence[Trained]] | None = None,
    *,
    chances: Mapping[str, Sequence[float]] | None = None,
    is_linked: bool = False,
) -> dict[str, Any]:
    """Splink's settings for the comparisons; with what was trained, its predictions are ours.

    chances: for the training, each comparison's levels by chance, the closest first.
    """
    return {
        "link_type": "link_only" if is_linked else "dedupe_only",
        "unique_id_column_name": "idx",
        "source_dataset_column_name": "side",
        "probability_two_random_records_match": prior,
        "comparisons": [
            splink_comparison(one, several, (trained or {}).get(one.name), (chances or {}).get(one.name))
            for one in comparisons
        ],
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "max_iterations": 50,
    }


def splink_comparison(
    comparison: Comparison,
    several: Collection[str],
    trained: Sequence[Trained] | None,
    chances: Sequence[float] | None = None,
) -> dict[str, Any]:
    tests = [(level.name, level.sql(several), level.frequency) for level in comparison.levels] + [
        ("different", "ELSE", "")
    ]
    empty = {"sql_condition": as_splink(comparison.without_sql(several)), "is_null_level": True}
    levels: list[dict[str, Any]] = [empty | {"label_for_charts": "nothing to compare"}]
    for at, (name, sql, frequency) in enumerate(tests):
        level: dict[str, Any] = {"sql_condition": as_splink(sql), "label_for_charts": name}
        if frequency and trained:
            level |= {"tf_adjustment_column": frequency, "tf_adjustment_weight": 1.0}
            level |= {"disable_tf_exact_match_detection": True}
        if chances:
            level |= {"u_probability": chances[at]}
        if trained:
            level |= {"m_probability": trained[at].m, "u_probability": trained[at].u}
        levels.append(level)
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def as_splink(sql: str) -> str:
    """l.given as given_l."""
    return COLUMN.sub(r"\2_\1", sql)


def tables_of(connection: duckdb.DuckDBPyConnection, is_linked: bool, table: str = "records") -> list[str]:
    """The names of the tables that Splink reads: one, or one a side."""
    if not is_linked:
        return [table]
    for side in (0, 1):
        connection.execute(f"create or replace view {table}_{side} as select * from {table} where side = {side}")  # noqa: S608
    return [f"{table}_0", f"{table}_1"]


def linker_for(connection: duckdb.DuckDBPyConnection, tables: Sequence[str], settings: dict[str, Any]) -> Linker:
    api = DuckDBAPI(connection=connection)
    registered = [api.register(connection.table(name)) for name in tables]
    return Linker(registered if len(registered) > 1 else registered[0], settings, log_level=logging.ERROR)


def teach(
    linker: Linker, sessions: Iterable[tuple[str, ...]], chances: Mapping[str, Sequence[float]]
) -> dict[str, list[Taught]]:
    """Let Splink learn how often levels agree within one customer; each comparison's levels, the closest first."""
    for columns in sessions:
        learn_from(linker, columns)
    return {
        comparison.output_column_name: [
            Taught(level.label_for_charts, level.m_probability if level._has_estimated_m_values else None, chance)
            for level, chance in zip(
                comparison._comparison_levels_excluding_null, chances[comparison.output_column_name], strict=True
            )
        ]
        for comparison in linker._settings_obj.comparisons
    }


def learn_from(linker: Linker, columns: tuple[str, ...]) -> None:
    """One session of expectation maximisation, over pairs that agree on the columns.

    A level that no matching pair has sinks towards nothing, and Splink refuses it; fewer rounds stop before. A session
    that fails in the fewest, or finds no pairs, teaches nothing.
    """
    for rounds in ROUNDS:
        settings = linker._settings_obj
        settings.training_settings = replace(settings.training_settings, max_iterations=rounds)
        with suppress(EMTrainingException, ValueError):
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*columns), estimate_without_term_frequencies=True, max_pairs=SESSION_PAIRS
            )
            return


def sessions_for(
    connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison], columns: Collection[str], is_linked: bool
) -> list[tuple[str, ...]]:
    """What to block on while learning: no comparison is learned about where it is blocked on, so each needs another."""
    own = tuple((column,) for column in sorted(columns) if column.startswith("extra_"))
    chosen: list[tuple[str, ...]] = []
    for rule in (*LEARNED_FROM, *own):
        learned = {one.name: sum(one.columns.isdisjoint(used) for used in chosen) for one in comparisons}
        teaches = any(learned[one.name] < 2 for one in comparisons if one.columns.isdisjoint(rule))
        if len(chosen) < SESSIONS and teaches and set(rule) <= set(columns):
            made = pairs_made(connection, rule, is_linked)
            if made >= FEWEST_PAIRS:
                chosen.append(rule)
    return chosen


def pairs_made(connection: duckdb.DuckDBPyConnection, rule: tuple[str, ...], is_linked: bool) -> float:
    """How many pairs agree on all columns of a rule."""
    counted = COUNTED[is_linked]
    filled = " and ".join(f"{column} is not null" for column in rule)
    sql = f"select sum(n) from (select {counted} n from records where {filled} group by {', '.join(rule)})"  # noqa: S608
    return figures(connection, sql)[0]


def train(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, Coded],
    fields: Collection[str],
    now: datetime,
    *,
    sides: Sides | None = None,
) -> Model:
    """Train on the records of the columns, of which Splink gets a sample in the table `records`.

    sides: of each record, where only pairs across are one customer's.
    """
    started = time.perf_counter()
    comparisons = [one for one in comparisons_for(fields) if one.base in columns]
    comparisons = [one for one in comparisons if len(columns[one.base].counts()) > 1]
    size = size_of(columns)
    total = count_pairs(size, sides)
    if not comparisons or not total:
        raise UnfitRecords("There is nothing to compare: no two records, or no column with different values.")
    rules = rules_for(columns)
    looked_at = {column for rule in rules for column in rule.columns}.union(*(one.columns for one in comparisons))
    numbers = numbered(columns, looked_at, size)
    drawn = random_pairs(size, sides)
    chances = chances_of(Leveller(numbers, comparisons), comparisons, *drawn)
    several = {name for name, column in columns.items() if column.has_several}
    prior = min(0.5, size / total / 4)
    load_sample(connection, columns, sides)
    is_linked = sides is not None
    settings = splink_settings(comparisons, several, prior, chances=chances, is_linked=is_linked)
    linker = linker_for(connection, tables_of(connection, is_linked), settings)
    taught = teach(linker, sessions_for(connection, comparisons, columns, is_linked), chances)
    rare = frequencies(columns, frequency_columns(comparisons))
    model = Model(now.strftime("%Y%m%d-%H%M%S"), now.isoformat(), tuple(sorted(fields)), prior, {}, (), **rare)
    model = replace(model, keys=usable(numbers, rules, size))
    model = with_prior(model, taught, numbers, sides, total, len(drawn[0]))
    metrics = {"records": size, "seconds": round(time.perf_counter() - started, 1)}
    return replace(model, metrics={**metrics, **model.metrics})


def with_prior(
    model: Model,
    taught: Mapping[str, Sequence[Taught]],
    numbers: Mapping[str, Numbers],
    sides: Sides | None,
    total: float,
    drawn: int,
) -> Model:
    """The model with the prior that its own scores add up to, and the levels settled by it.

    total: all pairs there are; drawn: those that the chances come from.
    """
    left, right = candidates(numbers, model.rules, sides)
    chosen = np.flatnonzero(np.random.default_rng(SEED).random(len(left)) * len(left) < PRIOR_PAIRS)
    model = replace(model, levels=settle(taught, model.prior, drawn))
    for _ in range(PRIOR_ROUNDS):
        scored = Scorer(model, numbers).score(left[chosen], right[chosen], LOWEST_WEIGHT)
        expected = float(scored.probability.sum()) * len(left) / max(len(chosen), 1)
        prior = min(0.5, max(expected, 1.0) / total)
        model = replace(model, prior=prior, levels=settle(taught, prior, drawn))
    metrics = {"compared": len(left), "expected": round(expected), "has_households": has_households(model, scored)}
    return replace(model, metrics=metrics)


def random_pairs(size: int, sides: Sides | None) -> tuple[Ints, Ints]:
    """Pairs drawn at random, each by itself; all there are where that is fewer."""
    firsts, seconds = (np.flatnonzero(sides == side) if sides is not None else np.arange(size) for side in (0, 1))
    if len(firsts) * len(seconds) <= MAX_PAIRS:
        left, right = np.repeat(firsts, len(seconds)), np.tile(seconds, len(firsts))
        kept = left < right if sides is None else np.ones(len(left), dtype=np.bool_)
    else:
        dice = np.random.default_rng(SEED)
        left, right = dice.choice(firsts, MAX_PAIRS), dice.choice(seconds, MAX_PAIRS)
        kept = left != right
    return left[kept].astype(np.int32), right[kept].astype(np.int32)


def chances_of(
    leveller: Leveller, comparisons: Iterable[Comparison], left: Ints, right: Ints
) -> dict[str, list[float]]:
    """How often each level is found among these pairs, the closest first; one that none has counts as half a pair."""
    found = {}
    for one in comparisons:
        counts = np.bincount(leveller.levels(one, left, right) + 1, minlength=len(one.levels) + 2)[:0:-1]
        found[one.name] = (np.maximum(counts, 0.5) / max(int(counts.sum()), 1)).tolist()
    return found


def load_sample(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, Coded], sides: Sides | None) -> None:
    """Make the table `records` of records drawn at random: of all where there are no more."""
    size = size_of(columns)
    rows = np.flatnonzero(np.random.default_rng(SEED).random(size) * size < LEARNED_RECORDS)
    some = {name: Coded(column.distinct, column.index[rows]) for name, column in columns.items()}
    load(connection, some, len(rows), None if sides is None else sides[rows])


def count_pairs(size: int, sides: Sides | None) -> float:
    """How many pairs of records there are: across the sides, where there are two."""
    firsts = size if sides is None else int((sides == 0).sum())
    return firsts * (firsts - 1) / 2 if sides is None else float(firsts * (size - firsts))


def frequencies(columns: Mapping[str, Coded], wanted: Iterable[str]) -> dict[str, Any]:
    """The share of records with each frequent value, by column, and the share that rarer ones count with."""
    tables, floors = {}, {}
    for column in wanted:
        if column in columns:
            counts = columns[column].counts()
            known = sum(counts.values())
            floors[column] = max(2 / known, RARE)
            tables[column] = {value: n / known for value, n in counts.items() if n / known > floors[column]}
    return {"frequencies": tables, "floors": floors}
