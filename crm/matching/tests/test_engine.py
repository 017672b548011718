"""The engine on a few hundred made-up records: it learns without labels, and both its paths agree."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import numpy as np
import pytest

from crm.matching.blocking import keys_of
from crm.matching.model import Model
from crm.matching.pairs import ScoredPairs, score_all
from crm.matching.records import Record, Values, features
from crm.matching.scoring import score
from crm.matching.tables import as_fields, connect, feature_columns, load
from crm.matching.training import linker_for, splink_settings, train

GIVEN = "elizabeth liz anna maria jean-luc thomas tom olivia noah sofia björn ivan grace henry william bill".split()
SURNAMES = "whitfield smith-jones o'brien patel khan nowak garcía silva müller jones brown taylor".split()
STREETS = "12 High Street|3 Mill Lane|77 Station Rd|5 Church Close|9 Park Avenue|21 Queen St|4 The Green".split("|")
WHEN = datetime(2026, 11, 1, tzinfo=UTC)


def typo(value: str, chance: random.Random) -> str:
    at = chance.randrange(len(value))
    return value[:at] + chance.choice("abcdefgh123456") + value[at + 1 :] if chance.random() < 0.2 else value


def people(count: int, seed: int = 7) -> list[Record]:
    """Records of made-up customers, two each; some hold two phones or two surnames."""
    chance = random.Random(seed)
    records: list[Record] = []
    for number in range(count):
        truth = {
            "given_name": chance.choice(GIVEN),
            "surname": chance.choice(SURNAMES),
            "date_of_birth": f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "phone": f"07700 9{number:05}",
            "email": f"{chance.choice(GIVEN)}{number}@example.com",
            "street": chance.choice(STREETS),
            "postcode": f"CF{chance.randint(1, 20)} {chance.randint(1, 9)}AB",
            "extra:occupation": chance.choice(["baker", "nurse", "driver"]),
        }
        for _ in range(2):
            told: dict[str, Values] = {
                field: (typo(value, chance),) for field, value in truth.items() if chance.random() < 0.85
            }
            if chance.random() < 0.2:
                told["phone"] = (truth["phone"], f"020 7946 {chance.randint(1000, 9999)}")
            if chance.random() < 0.1:
                told["surname"] = (truth["surname"], chance.choice(SURNAMES))
            records.append(told)
    return records


Trained = tuple[duckdb.DuckDBPyConnection, Model, ScoredPairs, list[Record]]


@pytest.fixture(scope="module")
def trained() -> Iterator[Trained]:
    records = people(300)
    fields = as_fields(records)
    connection, columns = connect(), feature_columns(fields)
    load(connection, columns, len(records))
    model = train(connection, columns, tuple(fields), WHEN)
    yield connection, model, score_all(connection, model, columns, floor=-1000.0), records
    connection.close()


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
    several = {name for name, column in feature_columns(as_fields(records)).items() if column.has_several}
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
