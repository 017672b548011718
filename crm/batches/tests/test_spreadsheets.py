"""Merging by spreadsheet: the page and the command, whatever the file holds."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from crm.batches import running
from crm.batches.models import Batch, BatchLine
from crm.batches.preparing import prepare
from crm.batches.reading import read
from crm.batches.sheets import MOST_LINES
from crm.errors import BatchRefused
from crm.identity.merging import keep_apart, merge, withdraw
from crm.identity.models import Customer, Identifier, IdentityEvent, Link
from crm.privacy.tests.signing import signed_in

pytestmark = pytest.mark.django_db
ADDRESS = "/merge/spreadsheet/"


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


@pytest.fixture
def people() -> list[Customer]:
    """Six customers, known by an e-mail address each."""
    return [person(number) for number in range(6)]


def person(number: int, kind: str = "email", **options: Any) -> Customer:
    born = Customer.objects.create()
    value = f"person{number}@example.com" if kind == "email" else f"p-{number}"
    Identifier.objects.create(kind=kind, value=value, customer=born, origin=born, **options)
    return born


def named(number: int) -> str:
    return f"email:person{number}@example.com"


def pairs(*lines: Iterable[Any]) -> bytes:
    return "\n".join(["customer_a,customer_b", *(",".join(map(str, line)) for line in lines)]).encode()


def sent(client: Client, content: bytes, name: str = "people.csv") -> Batch:
    answer = client.post(ADDRESS, {"file": SimpleUploadedFile(name, content, "text/csv")})
    assert answer.status_code == 302, answer.content.decode()
    return Batch.objects.latest("pk")


def outcomes(batch: Batch) -> dict[int, tuple[str, str]]:
    return {line.number: (line.outcome, line.said) for line in batch.lines.all()}


def who(*numbers: int) -> set[int]:
    """The customers (ids) that these people are now."""
    values = [f"person{number}@example.com" for number in numbers]
    return set(Identifier.objects.filter(value__in=values).values_list("customer", flat=True))


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_only_admins_merge_by_spreadsheet(people: list[Customer]) -> None:
    batch = prepare("a.csv", read(pairs((named(0), named(1)))), None)
    for path in (ADDRESS, f"/batches/{batch.pk}/", f"/batches/{batch.pk}/result/"):
        assert Client().get(path).status_code == 302
        for role in ("agent", "marketer", "privacy"):
            assert signed_in(role).get(path).status_code == 403
        assert signed_in("admin").get(path).status_code == 200


def test_a_file_is_previewed_then_merged_then_undone_as_a_whole(admin: Client, people: list[Customer]) -> None:
    before = dict(Identifier.objects.values_list("value", "customer"))
    batch = sent(admin, pairs((named(0), people[1].public_id), (named(2), named(3))))
    page = f"/batches/{batch.pk}/"
    assert "2 of 2 lines would each merge two customers" in text_of(admin, page)
    assert dict(Identifier.objects.values_list("value", "customer")) == before, "nothing has happened yet"
    admin.post(page, {"act": "start"})
    assert (len(who(0, 1)), len(who(2, 3)), len(who(0, 2))) == (1, 1, 2)
    assert "2 done" in text_of(admin, page)
    assert Link.objects.latest("pk").evidence == {"note": "people.csv, line 3"}
    admin.post(page, {"act": "undo"})
    assert dict(Identifier.objects.values_list("value", "customer")) == before
    assert "undone by" in text_of(admin, page)


def test_the_preview_names_whom_a_line_means_and_leads_to_what_it_would_do(
    admin: Client, people: list[Customer]
) -> None:
    a, b = people[0].public_id, people[1].public_id
    batch = sent(admin, pairs((a, b), (a, "nobody")))
    page = admin.get(f"/batches/{batch.pk}/").content.decode()
    assert f'href="/customers/{a}/">person0@example.com</a> and <a' in page
    assert page.count("See what it does") == 1
    assert f"/customers/merge/?customer={a}&amp;customer={b}" in page


def test_groups_are_merged_whole(admin: Client, people: list[Customer]) -> None:
    lines = ["group;customer;remark", *(f"g{n % 2};{named(n)};x" for n in range(6))]
    batch = sent(admin, "\r\n".join(lines).encode("utf-8-sig"))
    assert [outcome for outcome, _ in outcomes(batch).values()] == ["already"] * 2 + ["ready"] * 4
    admin.post(f"/batches/{batch.pk}/", {"act": "start"})
    assert (len(who(0, 2, 4)), len(who(1, 3, 5)), len(who(0, 1))) == (1, 1, 2)


def test_every_line_that_cannot_be_is_named_with_its_reason_and_takes_no_other_with_it(
    admin: Client, people: list[Customer]
) -> None:
    a, b = (Identifier.objects.get(value=f"person{n}@example.com") for n in (4, 5))
    keep_apart(a, b, None)
    person(7, "login", namespace="shop")
    person(7, "login", namespace="desk")
    content = b"\n".join([
        b"customer_a,customer_b",
        f"{named(0)},{named(1)}".encode(),  # 2: would be done
        b"email:nobody@example.com," + named(2).encode(),
        b"00000000-0000-4000-8000-000000000000," + named(2).encode(),
        f"{named(4)},{named(5)}".encode(),
        f"{named(1)},{named(0)}".encode(),
        b'=HYPERLINK("http://evil.example/"),' + named(2).encode(),
        b'=1+1,' + named(2).encode(),
        b"caf\xe9," + named(2).encode(),
        b"nul\0," + named(2).encode(),
        b'"not closed,' + named(2).encode(),
        named(2).encode(),
        named(2).encode() + b",",
        b"jane@example.com," + named(2).encode(),
        b"login:p-7," + named(2).encode(),
        b"email:test@test.com," + named(2).encode(),
        f"{named(2)},{named(3)}".encode(),  # 17: would be done
    ])  # fmt: skip
    found = outcomes(sent(admin, content))
    expected: dict[int, str | tuple[str, str]] = {
        2: ("ready", ""), 3: "no such customer", 4: "no such customer", 5: "different people",
        6: "lines above join them already", 7: "formula", 8: "formula", 9: "not UTF-8", 10: "NUL", 11: "quote",
        12: "columns", 13: "empty", 14: "email:jane@example.com", 15: "2 customers", 16: "no e-mail of anybody",
        17: ("ready", ""),
    }  # fmt: skip
    assert found.keys() == expected.keys()
    for number, said in expected.items():
        if isinstance(said, tuple):
            assert found[number] == said
        else:
            assert found[number][0] == ("already" if number == 6 else "refused")
            assert said in found[number][1], number


def test_a_chain_that_would_make_one_customer_of_many_ends_at_the_limit(admin: Client) -> None:
    for number in range(30):
        person(number)
    batch = sent(admin, pairs(*((named(number), named(number + 1)) for number in range(29))))
    found = outcomes(batch)
    assert sum(outcome == "ready" for outcome, _ in found.values()) == 28, "20 in one, and those after the gap"
    assert found[21] == ("refused", "with the lines above, 21 customers would be one: 20 at most")


def test_the_result_file_says_what_came_of_each_line_and_holds_no_formula(
    admin: Client, people: list[Customer]
) -> None:
    batch = sent(admin, pairs((named(0), named(1)), ("=cmd|' /C calc'!A0", named(2))))
    admin.post(f"/batches/{batch.pk}/", {"act": "start"})
    answer = admin.get(f"/batches/{batch.pk}/result/")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode())))
    assert rows[0] == ["line", "a", "b", "outcome", "why"]
    assert rows[1] == ["2", named(0), named(1), "done", "merged"]
    assert rows[2][1].startswith("'=cmd")
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


BAD_FILES = {
    "empty": (b"", "empty"),
    "blank": (b"\n \n\n", "empty"),
    "no header": (b"email:a@example.com,email:b@example.com\n", "customer_a,customer_b"),
    "only a header": (b"customer_a,customer_b\n", "no lines"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "customer_a,customer_b"),
    "a workbook": (b"PK\x03\x04\x14\0", "save its sheet as CSV"),
    "half a UTF-16": (b"\xff\xfea", "UTF-16"),
    "too long": (b"customer_a,customer_b\n" + b"a,b\n" * (MOST_LINES + 1), "100,001 lines"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_taken_is_refused_with_the_remedy(admin: Client, name: str) -> None:
    content, said = BAD_FILES[name]
    answer = admin.post(ADDRESS, {"file": SimpleUploadedFile("bad.csv", content)})
    if content:
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert not Batch.objects.exists()
    with pytest.raises(BatchRefused, match=said):
        read(content)


def test_a_file_in_utf_16_is_read(people: list[Customer]) -> None:
    assert [line.refused for line in read(pairs((named(0), named(1))).decode().encode("utf-16"))] == [""]


def test_pasted_lines_are_taken_too(admin: Client, people: list[Customer]) -> None:
    answer = admin.post(ADDRESS, {"pasted": pairs((named(0), named(1))).decode().replace(",", "\t")})
    assert answer.status_code == 302
    assert [outcome for outcome, _ in outcomes(Batch.objects.get()).values()] == ["ready"]


def test_what_was_decided_since_the_preview_is_looked_at_again(admin: Client, people: list[Customer]) -> None:
    batch = sent(admin, pairs((named(0), named(1)), (named(2), named(3))))
    a, b = (Identifier.objects.get(value=f"person{n}@example.com") for n in (0, 1))
    keep_apart(a, b, None)
    admin.post(f"/batches/{batch.pk}/", {"act": "start"})
    found = outcomes(batch)
    assert found[2][0] == "refused"
    assert "staff said they are different" in found[2][1]
    assert found[3] == ("done", "merged")
    assert not Link.objects.filter(basis="staff", verdict="same").exclude(evidence__note__endswith="line 3").exists()


def test_a_batch_is_begun_once_and_undone_once(admin: Client, people: list[Customer]) -> None:
    batch = sent(admin, pairs((named(0), named(1))))
    page = f"/batches/{batch.pk}/"
    for act in ("start", "start", "undo", "undo", "drop", "nonsense"):
        assert admin.post(page, {"act": act}).status_code == 302
    assert IdentityEvent.objects.filter(cause="staff.same").count() == 1
    assert IdentityEvent.objects.filter(cause="staff.withdrawn").count() == 1
    assert Batch.objects.get().state == Batch.State.UNDONE


def test_a_dropped_batch_does_nothing_and_cannot_begin(admin: Client, people: list[Customer]) -> None:
    batch = sent(admin, pairs((named(0), named(1))))
    admin.post(f"/batches/{batch.pk}/", {"act": "drop"})
    admin.post(f"/batches/{batch.pk}/", {"act": "start"})
    assert len(who(0, 1)) == 2


def test_a_long_batch_shows_its_progress_and_goes_on_where_it_was(
    admin: Client, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.batches.pages.AT_ONCE", 0.0)
    monkeypatch.setattr("crm.batches.merges.AT_ONCE", 1)
    batch = sent(admin, pairs((named(0), named(1)), (named(2), named(3))))
    running.finish(batch)
    page = f"/batches/{batch.pk}/"
    admin.post(page, {"act": "start"})
    assert "1 of 2 lines" in text_of(admin, page)
    assert len(who(0, 1)) == 1
    part = admin.get(page, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    running.finish(batch)
    assert admin.get(page, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert outcomes(batch) == {2: ("done", "merged"), 3: ("done", "merged")}


def test_undoing_leaves_what_others_took_back_or_decided(admin: Client, people: list[Customer]) -> None:
    batch = sent(admin, pairs((named(0), named(1)), (named(2), named(3))))
    admin.post(f"/batches/{batch.pk}/", {"act": "start"})
    withdraw([Link.objects.get(evidence__note="people.csv, line 2")], None)
    merge(people[4], people[5], None)
    admin.post(f"/batches/{batch.pk}/", {"act": "undo"})
    assert outcomes(batch)[2] == ("undone", "it was taken back already")
    assert (len(who(2, 3)), len(who(4, 5))) == (2, 1)


def test_nobody_speaks_for_a_customer_who_has_only_shared_identifiers(admin: Client, people: list[Customer]) -> None:
    Identifier.objects.filter(value="person0@example.com").update(shared="staff", ruled_shared=True)
    assert outcomes(sent(admin, pairs((named(0), named(1)))))[2] == (
        "refused",
        "one of them has only shared identifiers",
    )


# The command


def run(path: Path, *options: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("merge_customers", path, *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_does_the_same(tmp_path: Path, people: list[Customer]) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(pairs((named(0), named(1)), ("email:nobody@example.com", named(2))))
    out, err = run(path, "--dry-run", "--json")
    told = json.loads(out.splitlines()[-1])
    assert (told["state"], told["ready"], told["done"], told["refused"]) == ("dropped", 1, 0, 1)
    assert "line 3: email:nobody@example.com: there is no such customer" in err
    assert len(who(0, 1)) == 2
    out, _ = run(path, "--json")
    assert json.loads(out.splitlines()[-1])["done"] == 1
    assert len(who(0, 1)) == 1
    assert BatchLine.objects.filter(outcome="done").count() == 1


def test_the_command_says_why_it_takes_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "missing.csv")
    path = tmp_path / "empty.csv"
    path.touch()
    with pytest.raises(CommandError, match="the file is empty"):
        run(path)
