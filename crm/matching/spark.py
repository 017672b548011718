"""The whole pass on Spark: Splink's Spark backend predicts by the same model, for more records than one machine holds.

Everything runs in the JVM (Splink brings the edit distance) but for the likeness of names: Splink's Jaro-Winkler there
counts transpositions otherwise than DuckDB and rapidfuzz do, which the model was trained by.
"""

import logging
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from django.conf import settings
from splink import Linker

from crm.matching.candidates import blocks_of
from crm.matching.comparisons import SHORTEST_SLIP, Comparison, Test
from crm.matching.errors import BackendMissing
from crm.matching.model import Model
from crm.matching.numbering import Numbers, numbered
from crm.matching.pairs import LOWEST_WEIGHT, ScoredPairs
from crm.matching.policy import Levels
from crm.matching.scratch import folder_of
from crm.matching.tables import Coded, size_of

if TYPE_CHECKING:  # an optional requirement
    from pyspark.sql import SparkSession

SLIP = "case when abs(length(x) - length(y)) > {bound} then false else damerau_levenshtein(x, y) <= {bound} end"
OPERATIONS = {
    "near": f"case when least(length(x), length(y)) < {SHORTEST_SLIP} then false else {SLIP} end",
    "slip": SLIP,
    "begins": "(startswith(x, y) or startswith(y, x))",
}
LOCAL = {  # on one machine: no address of its own, and no more parts than it has use for
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
}
BLOCKED = {"blocking_rule": "l.block_keys = r.block_keys", "arrays_to_explode": ["block_keys"], "sql_dialect": "spark"}


def require_spark() -> None:
    """Raise BackendMissing, with the remedy, where Spark cannot run."""
    try:
        import pyspark.sql  # noqa: F401
    except ImportError:
        raise BackendMissing("--backend spark needs pyspark: pip install -r requirements-spark.txt") from None
    if not shutil.which("java"):
        raise BackendMissing("--backend spark needs Java 17 or later; on Debian: apt-get install default-jre-headless")


def score_on_spark(model: Model, columns: Mapping[str, Coded], *, floor: float = LOWEST_WEIGHT) -> ScoredPairs:
    """Score every pair of records that shares a blocking key of the model's, as `pairs.score_all` does."""
    with folder_of("spark") as folder, session(folder) as spark:
        predicted = linker_for(spark, Path(folder), model, columns).inference.predict().as_spark_dataframe()
        compared = predicted.count()
        names = [one.name for one in model.comparisons]
        wanted = ["idx_l", "idx_r", "match_weight", *(f"gamma_{name}" for name in names)]
        table = predicted.filter(f"match_weight >= {floor!r}").select(wanted).toArrow()
    return in_columns(table.sort_by([("idx_l", "ascending"), ("idx_r", "ascending")]), names, compared)


@contextmanager
def session(folder: str) -> "Iterator[SparkSession]":
    """A Spark session that needs no network but the cluster's own; what it spills goes to the folder."""
    require_spark()
    from pyspark.sql import SparkSession
    from splink.internals.spark.jar_location import similarity_jar_location

    chosen = {
        "spark.jars": similarity_jar_location(),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": folder,
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
        "spark.sql.adaptive.enabled": "true",
        **(LOCAL if is_local() else {}),
    }
    builder = SparkSession.builder.master(settings.SPARK_MASTER).appName("throughline")
    for name, value in chosen.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.sparkContext.pythonExec = sys.executable  # what `likeness` runs in: it has rapidfuzz
    try:
        yield spark
    finally:
        spark.stop()


def is_local() -> bool:
    return str(settings.SPARK_MASTER).startswith("local")


def as_table(model: Model, columns: Mapping[str, Coded]) -> pa.Table:
    """The records with every value of each column, and their blocking keys."""
    size = size_of(columns)
    looked_at = model.columns | {column for rule in model.rules for column in rule.columns}
    numbers = numbered(columns, looked_at, size)
    made: dict[str, Any] = {"idx": pa.array(np.arange(size, dtype=np.int32))}
    for name in sorted(model.columns):
        made[name] = values_of(columns[name]) if name in columns else pa.nulls(size, pa.list_(pa.string()))
    return pa.table(made | {"block_keys": block_keys(model, numbers, size)})


def values_of(column: Coded) -> pa.Array:
    """Each record's values; null where it has none."""
    distinct = [list(values) or None for values in column.distinct]
    return pa.array(distinct, pa.list_(pa.string())).take(pa.array(column.index))


def frequencies(model: Model, name: str, column: Coded) -> pa.Table:
    """How frequent the most frequent of each record's values is, for what Splink looks up by the values."""
    told = [values for values in dict.fromkeys(column.distinct) if values]  # a lookup: each once
    shares = [max(model.frequency(name, value) for value in values) for values in told]
    texts = pa.array([list(values) for values in told], pa.list_(pa.string()))
    return pa.table({name: texts, f"tf_{name}": pa.array(shares, pa.float64())})


def block_keys(model: Model, numbers: Mapping[str, Numbers], size: int) -> pa.Array:
    """The blocks that each record stands in, numbered; null where it is compared with nobody."""
    records, keys = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    for at, rule in enumerate(model.rules):
        blocks = blocks_of(numbers, rule)
        ends = blocks.after == 0
        records.append(blocks.records)
        keys.append((at << 40) | (np.cumsum(ends) - ends))
    everyone, values = np.concatenate(records), np.concatenate(keys)
    order = np.argsort(everyone, kind="stable")
    ends_at = np.searchsorted(everyone[order], np.arange(size + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends_at), pa.array(values[order]))


# Splink's settings


def linker_for(spark: "SparkSession", folder: Path, model: Model, columns: Mapping[str, Coded]) -> Linker:
    """Splink with the records and the frequencies of their values."""
    from splink.internals.spark.database_api import SparkAPI

    register_likeness(spark)
    api = SparkAPI(spark_session=spark, break_lineage_method="persist")

    def registered(name: str, table: pa.Table) -> Any:
        pa.parquet.write_table(table, folder / f"{name}.parquet")
        return api.register(spark.read.parquet(str(folder / f"{name}.parquet")))

    chosen = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "idx",
        "probability_two_random_records_match": model.prior,
        "comparisons": [comparison_settings(model, one) for one in model.comparisons],
        "blocking_rules_to_generate_predictions": [BLOCKED],
        "retain_matching_columns": True,  # the levels come with them
        "retain_intermediate_calculation_columns": False,
    }
    linker = Linker(registered("records", as_table(model, columns)), chosen, log_level=logging.ERROR)
    for name in sorted(set(model.rare_columns) & columns.keys()):
        lookup = registered(f"tf_{name}", frequencies(model, name, columns[name]))
        linker.table_management.register_term_frequency_lookup(lookup, name)
    return linker


def register_likeness(spark: "SparkSession") -> None:
    """Have `likeness(values, others)`: how alike the two most alike are, as rapidfuzz says."""
    from pyspark.sql.types import DoubleType

    def likeness(mine: list[str] | None, others: list[str] | None) -> float | None:
        from rapidfuzz.distance import JaroWinkler  # it runs in Spark's own processes

        return max((JaroWinkler.similarity(x, y) for x in mine or () for y in others or ()), default=None)

    spark.udf.register("likeness", likeness, DoubleType())


def comparison_settings(model: Model, comparison: Comparison) -> dict[str, Any]:
    """A comparison in Splink's words, its levels as they were trained."""
    trained = model.levels[comparison.name]
    levels: list[dict[str, Any]] = [{"sql_condition": without_sql(comparison), "is_null_level": True}]
    for level, learned in zip(comparison.levels, trained, strict=False):
        levels.append({"sql_condition": rows_sql(level.alternatives), "m_probability": learned.m} | {
            "u_probability": learned.u, "label_for_charts": level.name})  # fmt: skip
        if level.frequency:
            levels[-1] |= {"tf_adjustment_column": level.frequency, "tf_adjustment_weight": 1.0}
            levels[-1] |= {"disable_tf_exact_match_detection": True}
    levels.append({"sql_condition": "ELSE", "m_probability": trained[-1].m, "u_probability": trained[-1].u})
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def without_sql(comparison: Comparison) -> str:
    """When there is nothing to compare."""
    empty = f"{comparison.base}_l is null or {comparison.base}_r is null"
    return f"{empty} or coalesce({rows_sql(comparison.skipped)}, false)" if comparison.skipped else empty


def rows_sql(alternatives: Sequence[Sequence[Test]]) -> str:
    """Whether all tests of some row pass."""
    return " or ".join(f"({' and '.join(test_sql(test) for test in row)})" for row in alternatives)


def test_sql(test: Test) -> str:
    """A test, over all values of both records."""
    mine, others = f"{test.column}_l", f"{test.against or test.column}_r"
    if test.operation == "same":
        return f"arrays_overlap({mine}, {others})"
    if test.operation == "alike":
        return f"likeness({mine}, {others}) >= {test.bound}"
    each = OPERATIONS[test.operation].format(bound=test.bound)
    return f"size(filter({mine}, x -> size(filter({others}, y -> {each})) > 0)) > 0"


def in_columns(table: pa.Table, names: Sequence[str], compared: int) -> ScoredPairs:
    """Splink's predictions as the policy reads them."""
    levels: dict[str, Levels] = {name: table[f"gamma_{name}"].to_numpy().astype(np.int8) for name in names}
    left, right = (table[side].to_numpy().astype(np.int32) for side in ("idx_l", "idx_r"))
    return ScoredPairs(left, right, table["match_weight"].to_numpy(), levels, compared)
