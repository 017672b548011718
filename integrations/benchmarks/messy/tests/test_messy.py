"""The messy customers: the same for the same seed, and as messy as they promise."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from integrations.benchmarks.messy.misspelling import misspell
from integrations.benchmarks.messy.people import populate
from integrations.benchmarks.messy.records import FIELDS, MOST_RECORDS, PLACEHOLDERS, TRUTH, generate, write

RECORDS = 6_000


@pytest.fixture(scope="module")
def columns() -> dict[str, list[object]]:
    return {name: list(values) for name, values in generate(RECORDS, 3).items()}


def test_a_seed_makes_the_same_records_and_another_makes_others() -> None:
    first, again, other = (generate(300, seed) for seed in (1, 1, 2))
    assert all(first[name].tolist() == again[name].tolist() for name in first)
    assert first["email"].tolist() != other["email"].tolist()


def test_every_field_is_there_and_missing_somewhere(columns: dict[str, list[object]]) -> None:
    assert all(len(columns[field]) == RECORDS for field in FIELDS)
    for field in FIELDS:
        assert 0 < sum(value is None for value in columns[field]) < RECORDS


def test_a_web_record_knows_little_more_than_an_email(columns: dict[str, list[object]]) -> None:
    web = [row for row, channel in enumerate(columns["channel"]) if channel == "web"]
    assert not any(columns["date_of_birth"][row] or columns["street"][row] for row in web)
    assert sum(columns["email"][row] is not None for row in web) > 0.8 * len(web)


def test_customers_have_one_to_twenty_records(columns: dict[str, list[object]]) -> None:
    sizes = Counter(Counter(columns[TRUTH]).values())
    assert sizes[1] > sizes[2] > sizes[3] > sizes[6]
    assert max(sizes) == MOST_RECORDS


def test_placeholders_stand_for_many_people(columns: dict[str, list[object]]) -> None:
    for field, value in PLACEHOLDERS.items():
        holders = {columns[TRUTH][row] for row, found in enumerate(columns[field]) if found == value}
        assert len(holders) > 10


def test_a_switchboard_has_hundreds_of_people() -> None:
    people = populate(np.random.default_rng(5), 40_000)
    (_, most), *_ = Counter(number for number in people.second_mobile.tolist() if number).most_common(1)
    assert most > 200


def test_couples_share_inboxes_and_nobody_else_does() -> None:
    people = populate(np.random.default_rng(5), 5_000)
    holders = Counter(address for address in people.email.tolist() if address)
    assert set(holders.values()) == {1, 2}
    assert all(address.startswith("the") for address, count in holders.items() if count == 2)


def test_some_sons_have_their_fathers_name_and_some_children_are_twins() -> None:
    people = populate(np.random.default_rng(5), 20_000)
    homes = (people.address.number + people.address.postcode + people.surname).tolist()
    births = Counter(zip(homes, people.birth.tolist(), strict=True))
    names = Counter(zip(homes, people.given.tolist(), strict=True))
    assert max(births.values()) == 2
    assert max(names.values()) >= 2


def test_so_many_values_are_misspelt_and_no_more() -> None:
    words = np.array(["Hawthornden"] * 4_000, dtype=object)
    misspell(words, 0.1, np.random.default_rng(1))
    wrong = [word for word in words.tolist() if word != "Hawthornden"]
    assert 300 < len(wrong) < 500
    assert len(set(wrong)) > 30


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_records_are_written_for_the_evaluation(tmp_path: Path, suffix: str) -> None:
    people = write(tmp_path / f"messy{suffix}", 500, 1)
    reader = pyarrow.csv.read_csv if suffix == ".csv" else pyarrow.parquet.read_table
    table = reader(tmp_path / f"messy{suffix}")
    assert {*FIELDS, "id", TRUTH, "channel"} == set(table.column_names)
    assert table.num_rows == 500
    assert len(set(table[TRUTH].to_pylist())) == people
