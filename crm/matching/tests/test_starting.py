"""The starting model: used where an installation's own records do not teach enough."""

from collections.abc import Mapping, Sequence

import pytest

from crm.matching.finding import learned
from crm.matching.settling import Taught, settle
from crm.matching.starting import ENOUGH, knows_people, start
from crm.matching.tables import feature_columns
from crm.matching.tests.made_up import as_fields
from crm.matching.tests.population import AT, records_of


def test_few_records_are_matched_by_the_starting_model() -> None:
    fields = as_fields(list(records_of(30).values()))
    model = learned(feature_columns(fields), tuple(fields))
    assert model.version.endswith("-start")
    assert {"given_name", "surname", "date_of_birth", "street", "postcode"} <= model.levels.keys()
    assert model.metrics["records"] == 60
    assert model.because == "fewer than 1,000 records teach too little"


def untaught(taught: Mapping[str, Sequence[Taught]]) -> dict[str, list[Taught]]:
    """As Splink leaves levels that it saw no pair of."""
    return {name: [Taught(level.name, None, None) for level in levels] for name, levels in taught.items()}


def test_a_training_that_fails_says_so_and_the_starting_model_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.matching.finding.ENOUGH", 10)
    monkeypatch.setattr(
        "crm.matching.training.settle", lambda taught, prior, drawn: settle(untaught(taught), prior, drawn)
    )
    fields = as_fields(list(records_of(10).values()))
    model = learned(feature_columns(fields), tuple(fields))
    assert model.version.endswith("-start")
    assert model.because.startswith("training failed: Nothing could be learned about")


def test_a_trained_model_that_does_not_know_people_by_name_is_not_used() -> None:
    fields = as_fields(list(records_of(ENOUGH // 2).values()))
    columns = feature_columns(fields)
    assert learned(columns, tuple(fields)).version.endswith("-start")
    whole = start(columns, AT)
    assert knows_people(whole, columns)
    assert not knows_people(start({name: one for name, one in columns.items() if name != "given"}, AT), columns)
