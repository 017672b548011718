"""`manage.py import_mail`: files through the same door as a provider's deliveries."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from crm.sources.models import Source
from integrations.email.tests.posting import FIXTURES, mail
from integrations.inbox.models import Delivery, FailedDelivery, Pending
from journeys.interactions.models import Interaction

pytestmark = pytest.mark.django_db
MAILS = FIXTURES / "mails"


@pytest.fixture(autouse=True)
def office() -> Source:
    return Source.objects.create(
        name="office", adapter="mailbox", namespace="office", is_trusted=True,
        settings={"own_domains": ["bluelagoon.example"]},
    )  # fmt: skip


def imported(*paths: Path) -> tuple[str, str]:
    """What the command says, and what it complains of."""
    out, err = StringIO(), StringIO()
    call_command("import_mail", "office", *map(str, paths), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_mail_file_becomes_an_interaction() -> None:
    out, err = imported(MAILS / "reply.eml")
    assert "1 imported, 0 here already, 0 unreadable" in out
    assert err == ""
    interaction = Interaction.objects.get()
    assert interaction.title == "Re: [#48213] Order BL-20931: transfer to the hotel"
    assert interaction.identifier.value == "jane.whitfield@example.com"
    assert interaction.data["attachments"][0]["name"] == "invoice.pdf"


def test_every_mail_of_an_mbox_is_imported() -> None:
    assert "3 imported" in imported(FIXTURES / "archive.mbox")[0]
    assert [i.body for i in Interaction.objects.order_by("occurred_at")][2] == "Letter 2\nFrom here on."


def test_a_maildir_is_read_with_its_folders(tmp_path: Path) -> None:
    for folder in ("new", "cur", "tmp", ".Sent/cur"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(MAILS / "reply.eml", tmp_path / "new" / "1793697324.M1.host")
    shutil.copy(MAILS / "outlook.eml", tmp_path / "cur" / "1793697325.M2.host:2,S")
    shutil.copy(MAILS / "outgoing.eml", tmp_path / ".Sent/cur" / "1793697326.M3.host:2,S")
    shutil.copy(MAILS / "three_authors.eml", tmp_path / "tmp" / "1793697327.M4.host")
    (tmp_path / "dovecot.index").write_bytes(b"\0\1\2")
    assert "3 imported, 0 here already, 0 unreadable" in imported(tmp_path)[0]
    assert Interaction.objects.filter(direction="out").count() == 2


def test_the_same_import_again_changes_nothing() -> None:
    imported(FIXTURES / "archive.mbox", MAILS / "reply.eml", MAILS / "bare.eml")
    before = list(Interaction.objects.order_by("id").values())
    out, _ = imported(FIXTURES / "archive.mbox", MAILS / "reply.eml", MAILS / "bare.eml", MAILS / "reply.eml")
    assert "0 imported, 6 here already" in out
    assert list(Interaction.objects.order_by("id").values()) == before


def test_what_is_no_mail_is_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8\xff\xe0" * 100)
    (tmp_path / "empty.eml").touch()
    (tmp_path / "good.eml").write_bytes(mail("reply"))
    out, err = imported(tmp_path)
    assert "1 imported, 0 here already, 2 unreadable" in out
    named = {line.partition(": ")[0].rpartition("/")[2] for line in err.splitlines()}
    assert named == {"holiday.jpg", "empty.eml"}
    assert Delivery.objects.count() == 1


def test_a_path_that_is_not_there_fails_the_command_and_the_rest_goes_in(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing"):
        imported(tmp_path / "missing.eml", MAILS / "reply.eml")
    assert Interaction.objects.count() == 1


def test_a_mail_that_names_nobody_is_a_failed_delivery_with_its_reason() -> None:
    imported(MAILS / "no_from.eml", MAILS / "three_authors.eml")
    assert "no From header" in FailedDelivery.objects.get().reason
    assert Interaction.objects.count() == 1
    assert not Pending.objects.exists()


@pytest.mark.parametrize(("name", "says"), [("nowhere", "add_source mailbox nowhere"), ("shop", "not of e-mail")])
def test_a_wrong_source_is_refused(name: str, says: str) -> None:
    Source.objects.create(name="shop", adapter="segment", namespace="shop")
    with pytest.raises(CommandError, match=says):
        call_command("import_mail", name, str(MAILS / "reply.eml"))
