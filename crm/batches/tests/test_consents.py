"""Consents of a spreadsheet: looked at first, noted, and taken back as a whole without widening anything."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from crm.batches import running
from crm.batches.consent_reading import Said, read_consents, said_of
from crm.batches.models import Batch
from crm.errors import BatchRefused
from crm.identity.models import Customer, Identifier
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.models import Consent
from crm.privacy.permissions import permissions
from crm.privacy.tests.signing import signed_in

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
PURPOSES = ("marketing", "analytics")
HEADER = "customer,purpose,state,channel,at,evidence"


def lines(*some: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *some)).encode()


def person(*values: tuple[str, str]) -> Customer:
    born = Customer.objects.create()
    for kind, value in values:
        own = born if kind == values[0][0] else Customer.objects.create()
        Identifier.objects.create(kind=kind, value=value, customer=born, origin=own)
    return born


@pytest.fixture
def anna(db: None) -> Customer:
    return person(("email", "anna@example.com"), ("phone", "+447700900142"))


def checked(*some: str) -> Batch:
    """A batch of a file, as far as its preview."""
    answer = signed_in("admin").post(
        "/consents/spreadsheet/", {"pasted": lines(*some).decode(), "note": "from the CRM"}
    )
    assert answer.status_code == 302, answer.content.decode()
    return Batch.objects.latest("pk")


def act(batch: Batch, which: str) -> Batch:
    signed_in("admin").post(f"/batches/{batch.pk}/", {"act": which})
    running.finish(batch)
    return batch


def told(batch: Batch) -> list[tuple[int, str, str]]:
    return list(batch.lines.order_by("number").values_list("number", "outcome", "said"))


def allowed(customer: Customer) -> set[tuple[str, str]]:
    """(purpose, channel) of what may be done."""
    found = permissions(list(customer.identifiers.values_list("pk", flat=True)))
    return {(one.purpose, one.channel) for one in found if one.is_given}


# Reading


def test_a_line_says_whose_which_and_when() -> None:
    [told] = read_consents(lines("email:a@example.com,Marketing,GIVEN,email,2026-01-02,the | form"), PURPOSES, NOW)
    assert (told.number, told.a, told.refused) == (2, "email:a@example.com", "")
    assert said_of(told.b) == Said("marketing", "given", "email", datetime(2026, 1, 2, tzinfo=UTC), "the | form")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",marketing,given,,2026-01-02,", "it names no customer"),
        ("email:a@example.com,parties,given,,2026-01-02,", "there is no purpose “parties”"),
        ("email:a@example.com,marketing,perhaps,,2026-01-02,", "neither given nor withdrawn"),
        ("email:a@example.com,marketing,given,pigeon,2026-01-02,", "its channel is none of"),
        ("email:a@example.com,marketing,given,,02/01/2026,", "its time cannot be read"),
        ("email:a@example.com,marketing,given,,2027-01-02,", "its time is yet to come"),
        ("email:a@example.com,marketing,given,,,", "it does not say when"),
        ("email:a@example.com,marketing", "it has 2 columns"),
        ('email:a@example.com,"marketing,given,,,', "a quote in it is not closed"),
    ],
)
def test_a_line_that_cannot_be_taken_says_why_and_takes_no_other_with_it(line: str, why: str) -> None:
    bad, good = read_consents(lines(line, "email:b@example.com,marketing,withdrawn,,,"), PURPOSES, NOW)
    assert why in bad.refused
    assert not good.refused


@pytest.mark.parametrize("content", [b"", b"\n", b"a,b\n1,2", lines(), b"\xff\xfe\xff"])
def test_a_file_that_cannot_be_taken_says_the_remedy(content: bytes) -> None:
    with pytest.raises(BatchRefused):
        read_consents(content, PURPOSES, NOW)


# Noting


def test_nothing_is_noted_before_the_yes_and_each_line_afterwards(anna: Customer) -> None:
    batch = checked(
        "email:anna@example.com,marketing,given,email,2026-01-02,the form",
        "phone:+447700900142,analytics,withdrawn,,,",
        "email:nobody@example.com,marketing,given,,2026-01-02,",
    )
    assert [outcome for _, outcome, _ in told(batch)] == ["ready", "ready", "refused"]
    assert not Consent.objects.exists()
    act(batch, "start")
    assert allowed(anna) == {("marketing", "email")}
    given = Consent.objects.get(state="given")
    assert (given.identifier.kind, given.evidence) == ("email", f"the form (import {batch.pk}, line 2)")
    assert Identifier.objects.filter(is_withheld=True).count() == 2  # what was refused holds for all of hers
    assert AuditEntry.objects.filter(act=Act.CONSENTED, customer_id=anna.pk, actor="admin").count() == 2


def test_the_same_file_again_notes_nothing_twice(anna: Customer) -> None:
    line = "email:anna@example.com,marketing,given,,2026-01-02,"
    act(checked(line), "start")
    again = act(checked(line), "start")
    assert told(again) == [(2, "already", "that is noted already")]
    assert Consent.objects.count() == 1


def test_an_older_yes_does_not_overrule_a_later_no(anna: Customer) -> None:
    mail = anna.identifiers.get(kind="email")
    Consent.objects.create(identifier=mail, purpose="marketing", state="withdrawn", occurred_at=timezone.now())
    act(checked("email:anna@example.com,marketing,given,,2026-01-02,"), "start")
    assert ("marketing", "") not in allowed(anna)


def test_undone_is_withdrawn_and_what_was_taken_back_stays_so(anna: Customer) -> None:
    day = f"{timezone.now() - timedelta(days=3):%Y-%m-%d}"
    some: Sequence[str] = (
        f"{anna.public_id},marketing,given,,{day},", f"{anna.public_id},analytics,withdrawn,,{day},"
    )  # fmt: skip
    batch = act(checked(*some), "start")
    assert allowed(anna) == {("marketing", "")}
    act(batch, "undo")
    assert [said for _, _, said in told(batch)] == ["taken back", "what was taken back stays so"]
    assert allowed(anna) == set()
    assert not Consent.objects.filter(purpose="analytics", state="given").exists()


def test_the_page_is_the_admins(anna: Customer) -> None:
    assert "Import consents" in signed_in("admin").get("/consents/spreadsheet/").content.decode()
    assert signed_in("agent").get("/consents/spreadsheet/").status_code == 403
    refused = signed_in("admin").post("/consents/spreadsheet/", {"pasted": "a,b"})
    assert refused.status_code == 400
    assert "the first line names the columns" in refused.content.decode()
