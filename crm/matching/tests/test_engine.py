"""The engine on a few hundred made-up records: it learns without labels, and both its paths agree."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from crm.matching.blocking import keys_of
from crm.matching.loading import connect
from crm.matching.model import Model
from crm.matching.pairs import ScoredPairs, score_all
from crm.matching.records import Record, features
from crm.matching.scoring import score
from crm.matching.tables import Coded, feature_columns
from crm.matching.tests.made_up import as_fields, people
from crm.matching.training import linker_for, splink_settings, train

WHEN = datetime(2026, 11, 1, tzinfo=UTC)

Trained = tuple[duckdb.DuckDBPyConnection, Model, ScoredPairs, list[Record]]


@pytest.fixture(scope="module")
def trained() -> Iterator[Trained]:
    records = people(300)
    fields = as_fields(records)
    connection, columns = connect(), feature_columns(fields)
    model = train(connection, columns, tuple(fields), WHEN)
    yield connection, model, score_all(model, columns, floor=-1000.0), records
    connection.close()


def add_frequencies(connection: duckdb.DuckDBPyConnection, model: Model, columns: Mapping[str, Coded]) -> None:
    """Make the table `scored_records`: in tf_<column>, how frequent each record's value is to the model."""
    found = {
        f"tf_{name}": [max((model.frequency(name, value) for value in column.distinct[at]), default=None)
                       for at in column.index]
        for name, column in columns.items() if name in model.rare_columns
    }  # fmt: skip
    arriving = pa.table({"idx": pa.array(range(len(next(iter(found.values())))), pa.int32()), **found})
    connection.register("arriving", arriving)
    connection.execute("create or replace table scored_records as select * from records join arriving using (idx)")


def test_a_column_holds_what_the_features_of_each_record_hold() -> None:
    records = people(50)
    columns = feature_columns(as_fields(records))
    for at, record in enumerate(records):
        in_columns = {name: column.distinct[column.index[at]] for name, column in columns.items()}
        assert {name: values for name, values in in_columns.items() if values} == features(record)


def test_the_live_scorer_agrees_with_the_whole_pass(trained: Trained) -> None:
    _, model, scores, records = trained
    assert len(scores) > 1000
    made = [features(record) for record in records]
    for at in range(len(scores)):
        one = score(model, made[scores.left[at]], made[scores.right[at]])
        assert one.levels == {name: levels[at] for name, levels in scores.levels.items()}
        assert one.weight == pytest.approx(scores.weight[at], abs=1e-6)
        assert one.probability == pytest.approx(scores.probability[at], abs=1e-6)
        assert sum(term.weight for term in one.terms) == pytest.approx(one.weight, abs=1e-9)


def test_splink_predicts_the_same(trained: Trained) -> None:
    connection, model, scores, records = trained
    columns = feature_columns(as_fields(records))
    several = {name for name, column in columns.items() if column.has_several}
    add_frequencies(connection, model, columns)
    settings = splink_settings(model.comparisons, several, model.prior, model.levels)
    settings["blocking_rules_to_generate_predictions"] = [{"blocking_rule": "1=1", "sql_dialect": "duckdb"}]
    predicted = linker_for(connection, ["scored_records"], settings).inference.predict()
    rows = connection.sql(
        f"select idx_l, idx_r, match_weight, match_probability from {predicted.physical_name}"
    ).fetchall()
    theirs = {(min(left, right), max(left, right)): found for left, right, *found in rows}
    ours = zip(scores.left, scores.right, scores.weight, scores.probability, strict=True)
    compared = [(theirs[(left, right)], (weight, share)) for left, right, weight, share in ours]
    assert len(compared) > 1000
    np.testing.assert_allclose([a for a, _ in compared], [b for _, b in compared], atol=1e-6)


def test_what_is_scored_shares_a_blocking_key(trained: Trained) -> None:
    _, model, scores, records = trained
    keys = [keys_of(features(record), model.rules) for record in records]
    assert all(keys[left] & keys[right] for left, right in zip(scores.left, scores.right, strict=True))


def test_duplicates_are_found_without_labels(trained: Trained) -> None:
    _, _, scores, records = trained
    joined = scores.probability >= 0.95
    right = scores.left[joined] // 2 == scores.right[joined] // 2
    assert right.mean() > 0.98
    assert right.sum() > 0.7 * len(records) / 2


def test_a_model_comes_back_from_json_as_it_was(trained: Trained) -> None:
    _, model, _, records = trained
    again = Model.from_json(model.to_json())
    a, b = features(records[0]), features(records[1])
    assert again.to_json() == model.to_json()
    assert score(again, a, b) == score(model, a, b)
