"""Splink's own out-of-the-box model on the same records: its standard comparisons, .95, connected components."""

import logging
import time
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import splink.comparison_library as library
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.blocking_rule_creator import BlockingRuleCreator
from splink.internals.comparison_creator import ComparisonCreator

from crm.matching.clustering import components
from crm.matching.loading import connect
from crm.matching.measuring import forget_peak, numbered_truth, of_clusters, of_pairs, peak_mb
from crm.matching.reading import Labelled
from crm.matching.records import FIELDS
from crm.matching.training import learn_from

THRESHOLD = 0.95
NAMES = ("given_name", "middle_name", "surname", "full_name")
TEXTS = ("street", "address2", "city", "company")
BLOCKED_ON = (
    ("given_name", "surname"), ("date_of_birth",), ("email",), ("phone",), ("surname", "postcode"),
    ("given_name", "postcode"), ("full_name",), ("postcode", "street_number"), ("street",), ("company",),
    ("surname", "city"),
)  # fmt: skip
RECALL = 0.7  # of the exact rules that the prior is estimated from; Splink's own example
MAX_PAIRS = 2_000_000
SEED = 7
SESSIONS = 4


def plain_columns(labelled: Labelled) -> dict[str, list[str | None]]:
    """Each field's first value, lower case: what Splink's standard comparisons take. Of other columns Splink could not
    read every name, so they are numbered.
    """
    return {
        field if field in FIELDS else f"extra_{at}": [values[0].lower() if values else None for values in column]
        for at, (field, column) in enumerate(labelled.fields.items())
    }


def comparison(field: str) -> ComparisonCreator:
    """Splink's standard comparison of a field."""
    if field in NAMES:
        return library.NameComparison(field)
    if field == "date_of_birth":
        return library.DamerauLevenshteinAtThresholds(field, [1, 2])
    if field == "email":
        return library.EmailComparison(field)
    if field in TEXTS:
        return library.JaroWinklerAtThresholds(field, [0.9, 0.7]).configure(term_frequency_adjustments=True)
    if field in ("phone", "postcode", "national_id"):
        return library.LevenshteinAtThresholds(field, [1, 2])
    return library.ExactMatch(field).configure(term_frequency_adjustments=True)


def rules_of(columns: Mapping[str, object]) -> list[tuple[str, ...]]:
    """The blocking rules that the columns allow; all columns one by one where none is usual."""
    usual: list[tuple[str, ...]] = [rule for rule in BLOCKED_ON if set(rule) <= set(columns)]
    single: list[tuple[str, ...]] = [(column,) for column in columns]
    return usual if len(usual) > 1 else single


def linked_by_splink(labelled: Labelled) -> tuple[np.ndarray, np.ndarray]:
    """The pairs that Splink's own model finds at the threshold, by their indexes."""
    columns, rules = plain_columns(labelled), rules_of(plain_columns(labelled))
    connection = connect()
    sides = np.array(labelled.sides, dtype=np.int32)
    numbers = {"idx": np.arange(len(sides), dtype=np.int32), "side": sides}
    connection.register("plain", pa.table({**numbers, **columns}))
    api, tables = DuckDBAPI(connection), []
    for side in sorted(set(labelled.sides)):
        connection.execute(f"create table plain_{side} as select * from plain where side = {side}")  # noqa: S608
        tables.append(api.register(connection.table(f"plain_{side}")))
    settings = SettingsCreator(
        link_type="link_only" if labelled.is_linked else "dedupe_only",
        comparisons=[comparison(field) for field in columns],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
        unique_id_column_name="idx",
        source_dataset_column_name="side",
    )
    linker = Linker(tables if len(tables) > 1 else tables[0], settings, log_level=logging.ERROR)
    learn(linker, rules)
    found = linker.inference.predict(threshold_match_probability=THRESHOLD).as_duckdbpyrelation().to_arrow_table()
    return found["idx_l"].to_numpy(), found["idx_r"].to_numpy()


def blocking_recall(labelled: Labelled) -> float:
    """The share of true pairs that one of its blocking rules brings together."""
    columns = plain_columns(labelled)
    alike = " OR ".join(" AND ".join(f"a.{column} = b.{column}" for column in rule) for rule in rules_of(columns))
    across = "a.side <> b.side" if labelled.is_linked else "true"
    numbers = {
        "idx": np.arange(len(labelled.truth)),
        "side": np.array(labelled.sides),
        "truth": numbered_truth(labelled.truth),
    }
    with connect() as connection:
        connection.register("plain", pa.table({**columns, **numbers}))
        counted = connection.execute(
            f"SELECT count(*) FILTER (WHERE {alike}), count(*) FROM plain a JOIN plain b "  # noqa: S608 (our own words)
            f"ON a.truth = b.truth AND a.idx < b.idx AND {across}"
        ).fetchone()
    found, true = counted or (0, 0)
    return float(found / (true or 1))


def learn(linker: Linker, rules: Sequence[tuple[str, ...]]) -> None:
    """Train as Splink's documentation does: the prior from exact rules, u at random, m from a few blocks."""
    several = [rule for rule in rules if len(rule) > 1][:3] or rules[:1]
    exact: list[str | BlockingRuleCreator] = [block_on(*rule) for rule in several]
    try:
        linker.training.estimate_probability_two_random_records_match(exact, recall=RECALL)
    except ValueError:  # the rules find more than that recall allows
        linker.training.estimate_probability_two_random_records_match(exact, recall=1.0)
    linker.training.estimate_u_using_random_sampling(max_pairs=MAX_PAIRS, seed=SEED)
    for rule in rules[:SESSIONS]:
        learn_from(linker, rule)


def figures_of_splink(labelled: Labelled) -> dict[str, float]:
    """The figures of Splink's own model, each named splink_..."""
    forget_peak()
    started = time.perf_counter()
    left, right = linked_by_splink(labelled)
    clusters = components(len(labelled.truth), left, right).astype(np.int64)
    seconds = time.perf_counter() - started
    truth, sides = numbered_truth(labelled.truth), np.asarray(labelled.sides, dtype=np.int64)
    found = of_pairs(left, right, truth, sides).figures("pair") | of_clusters(clusters, truth, sides).figures("cluster")
    found |= {"largest_cluster": int(np.bincount(clusters).max()), "seconds": round(seconds, 1), "peak_mb": peak_mb()}
    found |= {"blocking_recall": round(blocking_recall(labelled), 4)}
    return {f"splink_{name}": figure for name, figure in found.items()}
