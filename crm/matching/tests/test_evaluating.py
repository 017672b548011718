"""`manage.py evaluate_matching`: figures for labelled files, and clear errors for those that are none."""

import csv
import json
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from crm.matching.measuring import numbered_truth, of_clusters, of_pairs
from crm.matching.tests.made_up import people

MAP = "given_name=given name,surname=last,date_of_birth=born,phone=phone,email=mail,street=street,extra:occupation=job"
COLUMNS = ("given_name", "surname", "date_of_birth", "phone", "email", "street", "extra:occupation")
HEADINGS = ("given name", "last", "born", "phone", "mail", "street", "job", "truth", "id")
FIGURES = [
    *(f"{of}_{name}" for of in ("pair", "cluster") for name in ("precision", "recall", "f1")),
    *("largest_cluster", "blocking_recall", "seconds", "train_seconds", "resolve_seconds", "peak_mb"),
]


def write(path: Path, rows: list[tuple[str, ...]], headings: tuple[str, ...] = HEADINGS) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def labelled(count: int, start: int = 0, step: int = 1) -> list[tuple[str, ...]]:
    """Rows of made-up customers, two records each."""
    records = list(enumerate(people(count)))[start::step]
    return [
        (*(" ".join(one.get(field, ())[:1]) for field in COLUMNS), str(at // 2), f"r{at:05}") for at, one in records
    ]


def evaluated(**options: object) -> dict[str, float]:
    out = StringIO()
    call_command("evaluate_matching", "--json", truth="truth", id="id", map=MAP, stdout=out, **options)
    figures: dict[str, float] = json.loads(out.getvalue().splitlines()[-1])
    return figures


def test_labelled_files_are_linked_and_measured_beside_splink_itself(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.csv", labelled(150, 0, 2))
    theirs = tmp_path / "theirs.parquet"
    other = write(tmp_path / "theirs.csv", labelled(150, 1, 2))
    duckdb.connect().read_csv(str(other), all_varchar=True, header=True).write_parquet(str(theirs))
    figures = evaluated(records=mine, link_to=theirs, versus="splink")
    assert [name for name in figures if not name.startswith("splink_")] == FIGURES
    assert figures["pair_precision"] > 0.95
    assert figures["cluster_f1"] > 0.6
    own = {"train_seconds", "resolve_seconds"}
    assert {name for name in figures if name.startswith("splink_")} == {f"splink_{name}" for name in {*FIGURES} - own}
    assert 0 <= figures["splink_cluster_f1"] <= 1
    assert figures["splink_pair_recall"] <= figures["splink_blocking_recall"] <= 1


@pytest.mark.parametrize(
    ("content", "options", "error"),
    [
        ("", {}, "is empty"),
        ("given name,truth,id\n", {}, "holds no records"),
        ("given name,truth,id\nAnna,1,1\n", {"map": "given_name=first"}, "has no column first; it has given name"),
        ("given name,truth,id\n,1,1\n ,2,2\n", {}, "given_name=given name is blank in every row"),
        ("given name,truth,id\nAnna,,1\n", {}, "'truth' is blank in every row"),
        ("given name,truth,id\nAnna,1,1\n", {"map": "shoe_size=x"}, "no field 'shoe_size'"),
        ("given name,truth,id\nAnna,1,1\n", {"map": "given_name"}, "is not FIELD=COLUMN"),
        ("given name,truth,id\nAnna,1,1\nAnna,1,2\n", {}, "nothing to compare"),
    ],
)
def test_a_file_that_cannot_be_measured_says_why(
    tmp_path: Path, content: str, options: dict[str, str], error: str
) -> None:
    path = tmp_path / "records.csv"
    path.write_text(content)
    asked = {"truth": "truth", "id": "id", "map": "given_name=given name", **options}
    with pytest.raises(CommandError, match=error):
        call_command("evaluate_matching", records=path, stdout=StringIO(), **asked)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        evaluated(records=tmp_path / "missing.csv")


def test_clusters_count_every_pair_within_them() -> None:
    truth = numbered_truth(["a", "a", "a", "b", ""])
    sides = truth * 0
    found = of_clusters(numbered_truth(["1", "1", "2", "2", "3"]), truth, sides)
    assert (found.precision, found.recall) == (1 / 2, 1 / 3)
    pairs = of_pairs(truth[[0]], truth[[0]] + 1, truth, sides)
    assert pairs.recall == pytest.approx(1 / 3)
