"""`manage.py import_records`: rows through the same door as the records that a system sends."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crm.identity.models import Customer, Identifier
from crm.profile.models import Trait
from crm.profile.record import Record, record_of
from crm.sources.models import Source
from integrations.inbox.models import Delivery, FailedDelivery, Pending
from journeys.interactions.models import Interaction

pytestmark = pytest.mark.django_db
CUSTOMERS = Path(__file__).parent.parent / "fixtures" / "customers.csv"
MAP = (
    "given_name=First name,surname=Last name,date_of_birth=Born", "email=Mail,email=Second mail,phone=Mobile",
    "city=Town,tier=Tier",
)  # fmt: skip


@pytest.fixture(autouse=True)
def crm_export() -> Source:
    return Source.objects.create(name="crm-export", adapter="records", namespace="crm", is_trusted=True)


def imported(path: Path = CUSTOMERS, maps: tuple[str, ...] = MAP, **options: Any) -> tuple[str, list[str]]:
    """What the command says, and what it complains of."""
    out, err = StringIO(), StringIO()
    told = {"source": "crm-export", "id": "Number", "at": "Changed", "dates": "%d/%m/%Y", **options}
    flags = [*(f"--{name}={value}" for name, value in told.items()), *(f"--map={one}" for one in maps)]
    call_command("import_records", str(path), *flags, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue().splitlines()


def known_as(number: str) -> Record:
    return record_of(Identifier.objects.get(kind="record", namespace="crm", value=number).customer)


def state() -> list[Any]:
    traits = Trait.objects.order_by("pk").values_list("value", "first_seen_at", "last_seen_at", "days")
    return [*traits, Identifier.objects.count(), Customer.objects.count()]


def test_each_row_is_a_record_with_its_traits_and_ways_to_reach_somebody() -> None:
    out, _ = imported(verified="date_of_birth,city")
    assert "5 rows are new, 0 were here already, 2 cannot be taken" in out
    anna = known_as("C-1001")
    assert anna.name == "Anna Whitfield"
    assert [(one.kind, one.value) for one in anna.identifiers] == [
        ("record", "C-1001"), ("email", "anna.whitfield@example.com"), ("phone", "+447700900142"),
    ]  # fmt: skip
    assert anna.golden["date_of_birth"].value == "1986-11-29"
    assert anna.golden["date_of_birth"].why == "the only value; verified by crm-export"
    assert anna.golden["tier"].shown.at == datetime(2026, 10, 1, 9, tzinfo=UTC)
    assert {one.value for one in known_as("C-1002").contacts} == {"t.whitfield@work.example", "tom@example.com"}
    assert not Interaction.objects.exists()
    assert not Pending.objects.exists()


def test_what_does_not_fit_its_field_is_kept_as_said() -> None:
    imported()
    assert [one.value for one in known_as("C-1002").unfit["date_of_birth"]] == ["1984"]
    zoe = known_as("C-1003")
    assert zoe.name == "Zoë O’Hara, née Lund"
    assert [one.value for one in zoe.unfit["email"]] == ["not an address"]


def test_the_same_rows_again_change_nothing() -> None:
    imported()
    before = state()
    out, _ = imported()
    assert "0 rows are new, 5 were here already" in out
    assert state() == before


def test_a_bad_row_is_named_by_its_line_and_kept() -> None:
    _, err = imported()
    assert err == [
        "line 4: records: the id is missing, or a placeholder that names nobody",
        "line 6: it has 2 columns, and the header 10",
    ]
    assert {failure.reason for failure in FailedDelivery.objects.all()} == set(err)
    assert "Ben" in Delivery.objects.get(failure__reason__startswith="line 6").body


def test_an_import_that_broke_off_is_run_again(tmp_path: Path) -> None:
    half = tmp_path / "half.csv"
    half.write_text("".join(CUSTOMERS.read_text().splitlines(keepends=True)[:3]))
    imported(half)
    assert "3 rows are new, 2 were here already" in imported()[0]


def test_files_of_other_programs_are_read_and_what_is_no_utf8_is_named(tmp_path: Path) -> None:
    told = "Number;First name\r\nA1;Zoë\r\n\r\nA2;Bo\r\n"
    (tmp_path / "excel.csv").write_bytes(told.encode("utf-8-sig"))
    (tmp_path / "old.csv").write_bytes(told.replace("A", "B").encode("cp1252"))
    assert "2 rows are new" in imported(tmp_path / "excel.csv", ("given_name=First name",), at="")[0]
    _, err = imported(tmp_path / "old.csv", ("given_name=First name",), at="")
    assert err == ["line 2: it is not UTF-8; save the file so, or say --encoding cp1252"]
    imported(tmp_path / "old.csv", ("given_name=First name",), at="", encoding="cp1252")
    assert known_as("B1").name == known_as("A1").name == "Zoë"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"source": "nowhere"}, "add_source records nowhere"),
        ({"source": "shop"}, "not of records"),
        ({"id": "Nummer"}, "the column Nummer is not there; the file has: Number, First name"),
        ({"maps": ("given_name",)}, "write it as FIELD=COLUMN"),
        ({"maps": ("city=Town,city=Tier",)}, "city is there twice"),
        ({"verified": "city,shoe"}, "--verified shoe"),
        ({"encoding": "utf-99"}, "there is no such encoding"),
        ({"path": Path("nothing.csv")}, "cannot be read"),
    ],
)
def test_what_cannot_be_imported_at_all_says_why(change: dict[str, Any], says: str) -> None:
    Source.objects.create(name="shop", adapter="segment", namespace="shop")
    with pytest.raises(CommandError, match=says):
        imported(**change)
    assert not Delivery.objects.exists()


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(CommandError, match="the file is empty"):
        imported(tmp_path / "empty.csv")
