"""Training, without labels: Splink estimates how often levels agree by chance (u) and within one customer (m)."""

import logging
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, block_on
from splink.internals.exceptions import EMTrainingException

from crm.matching.blocking import hold_keys, rules_for
from crm.matching.comparisons import Comparison, comparisons_for
from crm.matching.errors import UnfitRecords
from crm.matching.model import Model, Trained
from crm.matching.pairs import frequency_columns, score_all
from crm.matching.settling import Taught, settle
from crm.matching.tables import Coded, figures

MAX_PAIRS = 1_000_000  # drawn at random; too few leave rare levels unseen
SESSION_PAIRS = 1_000_000
SESSIONS = 5  # at most; each leaves out what it blocks on
FEWEST_PAIRS = 20  # that a session can learn from
SEED = 7
ROUNDS = (50, 12, 5, 2)
PRIOR_ROUNDS = 3
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
    is_linked: bool = False,
) -> dict[str, Any]:
    """Splink's settings for the comparisons; with what was trained, its predictions are ours."""
    return {
        "link_type": "link_only" if is_linked else "dedupe_only",
        "unique_id_column_name": "idx",
        "source_dataset_column_name": "side",
        "probability_two_random_records_match": prior,
        "comparisons": [splink_comparison(one, several, (trained or {}).get(one.name)) for one in comparisons],
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "max_iterations": 50,
    }


def splink_comparison(
    comparison: Comparison, several: Collection[str], trained: Sequence[Trained] | None
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


def teach(linker: Linker, sessions: Iterable[tuple[str, ...]]) -> dict[str, list[Taught]]:
    """Let Splink estimate; returns each comparison's levels, the closest first."""
    linker.training.estimate_u_using_random_sampling(
        max_pairs=MAX_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1
    )
    for columns in sessions:
        learn_from(linker, columns)
    found = {}
    for comparison in linker._settings_obj.comparisons:
        levels = comparison._comparison_levels_excluding_null
        found[comparison.output_column_name] = [
            Taught(
                level.label_for_charts,
                level.m_probability if level._has_estimated_m_values else None,
                level.u_probability if level._has_estimated_u_values else None,
            )
            for level in levels
        ]
    return found


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
    is_linked: bool = False,
) -> Model:
    """Train on the table `records`, which was made of the columns; leaves `block_keys` for the whole pass."""
    comparisons = [one for one in comparisons_for(fields) if one.base in columns]
    comparisons = [one for one in comparisons if len(columns[one.base].counts()) > 1]
    size, total = figures(connection, f"select count(*), {COUNTED[is_linked]} from records")  # noqa: S608
    if not comparisons or not total:
        raise UnfitRecords("There is nothing to compare: no two records, or no column with different values.")
    several = {name for name, column in columns.items() if column.has_several}
    keys = hold_keys(connection, rules_for(columns), several, int(size))
    prior = min(0.5, size / total / 4)
    linker = linker_for(
        connection, tables_of(connection, is_linked), splink_settings(comparisons, several, prior, is_linked=is_linked)
    )
    taught = teach(linker, sessions_for(connection, comparisons, columns, is_linked))
    model = Model("", now.isoformat(), tuple(sorted(fields)), prior, {}, keys, {}, {})
    drawn = min(float(total), MAX_PAIRS)
    model = replace(model, **frequencies(columns, frequency_columns(comparisons)))
    for _ in range(PRIOR_ROUNDS):
        model = replace(model, prior=prior, levels=settle(taught, prior, drawn))
        scored = score_all(connection, model, columns, is_linked=is_linked)
        prior = min(0.5, max(float(scored.probability.sum()), 1.0) / total)
    return replace(model, prior=prior, levels=settle(taught, prior, drawn), version=now.strftime("%Y%m%d-%H%M%S"))


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
