"""The starting model: used where an installation's own records do not teach enough."""

from crm.matching.finding import learned
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


def test_a_trained_model_that_does_not_know_people_by_name_is_not_used() -> None:
    fields = as_fields(list(records_of(ENOUGH // 2).values()))
    columns = feature_columns(fields)
    assert learned(columns, tuple(fields)).version.endswith("-start")
    whole = start(columns, AT)
    assert knows_people(whole, columns)
    assert not knows_people(start({name: one for name, one in columns.items() if name != "given"}, AT), columns)
