"""Everything held on one customer, in one file: all of theirs, nothing of others, and not in one pair of hands."""

import base64
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from crm.identity.models import Customer, Identifier
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.erasing.carrying import finish_all
from crm.privacy.erasing.models import Erasure
from crm.privacy.exporting.asking import ask, expire
from crm.privacy.exporting.making import make, make_waiting
from crm.privacy.exporting.models import Export
from crm.privacy.tests.signing import signed_in
from crm.sources.models import Source
from integrations.adapter import Event
from integrations.benchmarks.planting import Planter
from integrations.inbox.draining import drain_all
from integrations.inbox.receiving import receive
from journeys.listening.models import Recording
from journeys.tests.factories import user

pytestmark = pytest.mark.django_db(transaction=True)
WORD, LOGIN, PHONE, BROWSER = "zyxcanary", "zyxcanary-login", "+447700900777", "zyxcanary-browser"


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def customer() -> Customer:
    """Somebody who stands in every room, among others."""
    shop = Source.objects.create(name="shop", adapter="segment", namespace="shop", is_trusted=True)
    at = timezone.now().isoformat()
    told = {"type": "identify", "timestamp": at, "sentAt": at}
    theirs = told | {"messageId": "i1", "userId": LOGIN, "anonymousId": BROWSER,
                     "traits": {"phone": PHONE, "name": "Una <b>Canary</b>"}}  # fmt: skip
    others = told | {"messageId": "i2", "userId": "somebody-else", "traits": {"name": "Tom Other"}}
    receive(shop, [Event(str(one["messageId"]), at, orjson.dumps(one)) for one in (theirs, others)])
    drain_all()
    who = Identifier.objects.get(value=LOGIN)
    Planter(shop, who, user("agent"), default_storage).plant(WORD, PHONE, BROWSER)
    return who.customer


def opened(export: Export) -> zipfile.ZipFile:
    export.refresh_from_db()
    with default_storage.open(export.file_name) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def test_everything_of_theirs_is_in_it_and_nothing_of_others(customer: Customer) -> None:
    made = ask(customer, user("privacy"), "They wrote to us.")
    make_waiting()
    found = opened(made)
    told = json.loads(found.read("everything.json"))
    assert f"login:shop:{LOGIN}" in told["identifiers"]
    assert len(told["customers"]) == len(told["identifiers"])  # each was born with one
    held = told["held"]
    assert held["journeys.Note"][0]["body"] == f"Call {WORD} back"
    assert {"crm.Trait", "crm.Consent", "integrations.Delivery", "journeys.Segment", "journeys.Call"} <= held.keys()
    assert len(held) > 30
    assert "Tom Other" not in json.dumps(told)
    page = found.read("everything.html").decode()
    assert f"Call {WORD} back" in page
    assert "Una &lt;b&gt;Canary&lt;/b&gt;" in page
    assert found.read(f"files/{Recording.objects.get().file.name}") == WORD.encode()
    assert made.counts == {label: len(rows) for label, rows in held.items()}


def test_a_call_is_a_vcon_with_its_sound_and_its_words(customer: Customer) -> None:
    made = ask(customer, user("privacy"), "They wrote to us.")
    make(made)
    found = opened(made)
    [path] = [name for name in found.namelist() if name.endswith(".vcon.json")]
    told = json.loads(found.read(path))
    assert (told["vcon"], told["parties"][0]["type"]) == ("0.4.0", "person")
    [sound] = told["dialog"]
    assert (sound["type"], sound["encoding"], sound["parties"]) == ("recording", "base64url", [0, 1])
    assert base64.urlsafe_b64decode(sound["body"] + "==") == WORD.encode()
    assert sound["content_hash"].startswith("sha512-")
    [said] = told["analysis"]
    assert (said["type"], said["encoding"], said["body"][0]["text"]) == ("transcript", "json", f"I am {WORD}")


def test_one_asks_and_another_checks_before_it_is_downloaded(customer: Customer) -> None:
    own, other = signed_in("privacy"), Client()
    other.force_login(user("privacy", "piet"))
    assert "choose Export" in own.get("/exports/").content.decode()
    assert "second person" in own.post(f"/customers/{customer.public_id}/export/", {"reason": " "}).content.decode()
    own.post(f"/customers/{customer.public_id}/export/", {"reason": "They wrote to us."})
    one = Export.objects.get()
    address = f"/exports/{one.public_id}/"
    assert 'hx-trigger="load delay:1s"' in own.get(address).content.decode()
    make_waiting()
    assert own.get(f"{address}file/")["Location"] == address
    assert "somebody else than who asked" in own.post(address, {"act": "yes"}, follow=True).content.decode()
    assert "for 7 days" in other.post(address, {"act": "yes"}, follow=True).content.decode()
    file = own.get(f"{address}file/")
    assert zipfile.ZipFile(io.BytesIO(file.getvalue())).testzip() is None
    done = AuditEntry.objects.filter(act=Act.EXPORTED, customer_id=customer.pk).values_list("subject", flat=True)
    assert [one.rpartition(": ")[2] for one in done.order_by("pk")] == ["asked for", "made", "checked", "downloaded"]
    assert expire(timezone.now() + timedelta(days=6)) == 0
    assert expire(timezone.now() + timedelta(days=8)) == 1
    assert own.get(f"{address}file/")["Location"] == address
    assert not default_storage.exists(f"exports/{one.public_id}.zip")


def test_it_goes_with_who_is_erased_also_while_it_is_made(customer: Customer) -> None:
    first = ask(customer, user("privacy"), "They wrote to us.")
    make(first)
    second = Export.objects.create(customer_id=customer.pk, reason="again")
    Erasure.objects.create(customer_id=customer.pk, state=Erasure.State.STARTING)
    finish_all()
    assert not Export.objects.exists()
    make(second)
    for one in (first, second):
        assert not default_storage.exists(f"exports/{one.public_id}.zip")


def test_the_command_writes_the_file_for_two_people(
    customer: Customer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, checked, target = user("privacy", "olga"), user("privacy", "piet"), tmp_path / "una.zip"
    told = [str(customer.public_id), "--reason", "They wrote", "--asked-by", asked.username, "--to", str(target)]
    with pytest.raises(CommandError, match="somebody else"):
        call_command("export_customer", *told, "--checked-by", asked.username)
    call_command("export_customer", *told, "--checked-by", checked.username)
    assert json.loads(capsys.readouterr().out)["rows"]["journeys.Note"] == 1
    assert "everything.html" in zipfile.ZipFile(target).namelist()
    assert not default_storage.exists(f"exports/{Export.objects.get().public_id}.zip")
