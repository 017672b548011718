"""`manage.py attribute` on anybody's file, good or bad."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from journeys.attribution import files

HEADER = "path,conversions,value,nulls\n"


def attribute(folder: Path, text: str | bytes, **options: Any) -> str:
    file, out = folder / "paths.csv", StringIO()
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    call_command("attribute", paths=file, stdout=out, **options)
    return out.getvalue()


def told(folder: Path, text: str | bytes, **options: Any) -> Any:
    return json.loads(attribute(folder, text, json=True, **options))


def test_every_model_is_told_as_json(tmp_path: Path) -> None:
    found = told(tmp_path, HEADER + "Search > Mail > Mail,3,30,1\nMail,1,10,4\n,2,5,9\n")
    assert set(found["models"]) == {"first", "last", "linear", "shapley", "markov1", "markov2", "markov3", "markov4"}
    assert found["models"]["first"] == {
        "Search": {"conversions": 3, "value": 30}, "Mail": {"conversions": 1, "value": 10},
    }  # fmt: skip
    assert found["totals"] == {"conversions": 4, "value": 40}
    assert found["unattributed"] == {"conversions": 2, "value": 5}
    assert found["removal_effects"]["markov1"]["Mail"]["conversions"] == 1
    assert {"from": "Search", "to": "Mail", "probability": 1.0} in found["transitions"]["markov1"]


def test_people_read_a_table(tmp_path: Path) -> None:
    said = attribute(tmp_path, HEADER + "Search > Mail,3,30,1\n,2,5,9\n")
    assert "markov4" in said
    assert "3 conversions, worth 30.00 in all" in said
    assert "2 more touched no channel" in said


def test_half_a_conversion_is_told_as_that_and_large_figures_stand_in_their_columns(tmp_path: Path) -> None:
    assert "\n1.50 conversions" in attribute(tmp_path, HEADER + "a,1.5,2,0\n")
    lines = attribute(tmp_path, HEADER + "a,99999999999999,2,0\n").splitlines()
    assert len(lines[0]) == len(lines[1])


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + HEADER.encode() + b"a>b,1,2,3\n",
        b"path;conversions;value;nulls\r\na>b;1;2;3\r\n",
        b"Nulls, Path ,value,conversions\n3,a > b,2,1\n",
        b'path,conversions,value,nulls\n"a > b","1","2","3"\n\n',
    ],
)
def test_a_file_is_read_however_it_was_saved(tmp_path: Path, text: bytes) -> None:
    found = told(tmp_path, text)
    assert found["models"]["last"] == {"a": {"conversions": 0, "value": 0}, "b": {"conversions": 1, "value": 2}}


def test_another_separator_lets_a_channel_be_called_as_the_usual_one(tmp_path: Path) -> None:
    assert set(told(tmp_path, HEADER + "> | b,1,2,3\n", separator="|")["models"]["first"]) == {">", "b"}
    with pytest.raises(CommandError, match="choose another --separator"):
        attribute(tmp_path, HEADER + "> > b,1,2,3\n")


def test_ten_thousand_touches_are_a_path(tmp_path: Path) -> None:
    found = told(tmp_path, HEADER + " > ".join(["a channel with a long name", "b"] * 5_000) + ",1,10,0\n")
    assert found["models"]["linear"]["a channel with a long name"]["conversions"] == pytest.approx(0.5)
    assert found["models"]["markov1"]["b"]["value"] == pytest.approx(5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the columns are path,conversions,value,nulls, not empty"),
        ("channel,count\na,1\n", "line 1: the columns are"),
        ("path,path,conversions\na,a,1\n", "line 1: the columns are"),
        (HEADER, "no path with a touch"),
        (HEADER + ",1,2,3\n", "no path with a touch"),
        (HEADER + "a,1,2\n", "line 2: it has 3 cells, the first line 4"),
        (HEADER + "a,1,2,3\na,one,2,3\n", "line 3: conversions is “one”"),
        (HEADER + "a,=1+1,2,3\n", "line 2: conversions is “=1+1”"),
        (HEADER + "a,1_0,2,3\n", "line 2: conversions is “1_0”"),
        ("path;conversions;value\na;1;2,50\n", "line 2: value is “2,50”; give a number such as 12.50"),
        (HEADER + "a,-1,2,3\n", "line 2: conversions is -1"),
        (HEADER + "a,1,2,-3\n", "line 2: nulls is -3"),
        (HEADER + "a,1,nan,3\n", "line 2: value is “nan”"),
        (HEADER + "a,1,inf,3\n", "line 2: value is “inf”"),
        (HEADER + "a,1e308,2,3\n", "line 2: conversions is “1e308”; give a number up to 1,000,000,000,000,000"),
        (HEADER + "a,1,2,1e-300\n", "line 2: nulls is “1e-300”"),
        (HEADER + '"=CONCAT(A1,"">"",B1)",1,2,3\n', "line 2: the path is a formula"),
        (HEADER + "a\x1b[31m > b,1,2,3\n", "line 2: there is a character in the path that cannot be seen"),
        (HEADER + "a,0,5,3\n", "line 2: a value of 5, and no conversion"),
        (HEADER + "a > (null),1,2,3\n", "is no channel's name here"),
        (HEADER + "a >  > b,1,2,3\n", "nothing between two"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line_and_the_remedy(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CommandError) as refused:
        attribute(tmp_path, text)
    assert said in str(refused.value)


def test_what_is_no_file_or_no_text_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("attribute", paths=tmp_path / "none.csv")
    with pytest.raises(CommandError, match="not UTF-8"):
        attribute(tmp_path, b"path,conversions\n\xff\xfe,1\n")
    monkeypatch.setattr(files, "LONGEST", 100)
    with pytest.raises(CommandError, match="is no CSV: field larger"):
        attribute(tmp_path, HEADER + f"{'x' * 200},1,2,3\n")
    with pytest.raises(CommandError, match="give a separator"):
        attribute(tmp_path, HEADER + "a,1,2,3\n", separator=" ")
