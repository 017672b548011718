"""The officers' pages of erasures, and the same by the API."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from crm.identity.models import Customer, Identifier
from crm.privacy.erasing import pages
from crm.privacy.erasing.models import Erasure
from crm.privacy.models import ApiKey
from crm.privacy.tests.signing import signed_in
from journeys.tests.factories import annas_journey, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(pages, "AT_ONCE", 0.0)


@pytest.fixture
def anna() -> Customer:
    return annas_journey(timezone.now() - timedelta(hours=1))


def second() -> Client:
    client = Client()
    client.force_login(user("privacy", "piet"))
    return client


def ask_for(anna: Customer) -> Erasure:
    answer = signed_in("privacy").post(f"/customers/{anna.public_id}/erase/", {"reason": "She wrote to us."})
    found = Erasure.objects.get()
    assert answer["Location"] == f"/erasures/{found.public_id}/"
    return found


def test_one_asks_and_another_says_yes(anna: Customer) -> None:
    assert "choose Erase" in signed_in("privacy").get("/erasures/").content.decode()
    asked = ask_for(anna)
    own = signed_in("privacy")
    page = own.get(f"/erasures/{asked.public_id}/").content.decode()
    assert "She wrote to us." in page
    assert "Erase them for good" not in page
    said = own.post(f"/erasures/{asked.public_id}/", {"act": "yes"}, follow=True).content.decode()
    assert "somebody else than who asked has to say yes" in said
    assert Identifier.objects.filter(customer=anna).exists()
    other = second()
    assert "Erase them for good" in other.get(f"/erasures/{asked.public_id}/").content.decode()
    said = other.post(f"/erasures/{asked.public_id}/", {"act": "yes"}, follow=True).content.decode()
    assert "goes on by itself" in said
    assert 'hx-trigger="load delay:1s"' in said
    part = other.get(f"/erasures/{asked.public_id}/", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")


def test_what_was_asked_is_asked_once_and_can_be_refused(anna: Customer) -> None:
    asked = ask_for(anna)
    again = signed_in("privacy").get(f"/customers/{anna.public_id}/erase/")
    assert again["Location"] == f"/erasures/{asked.public_id}/"
    second().post(f"/erasures/{asked.public_id}/", {"act": "no"})
    asked.refresh_from_db()
    assert asked.state == Erasure.State.REFUSED
    assert signed_in("privacy").get(f"/customers/{anna.public_id}/erase/").status_code == 200


def test_without_a_reason_nothing_is_asked(anna: Customer) -> None:
    answer = signed_in("privacy").post(f"/customers/{anna.public_id}/erase/", {"reason": "  "})
    assert answer.status_code == 400
    assert "the second person decides by it" in answer.content.decode()
    assert not Erasure.objects.exists()


def test_the_certificate_is_read_and_downloaded(anna: Customer) -> None:
    whose = user("privacy", "olga")
    done = Erasure.objects.create(
        customer_id=anna.pk, state="done", asked_by=whose, counts={"journeys.Interaction": 1204}, step=""
    )
    auditor = signed_in("auditor")
    page = auditor.get(f"/erasures/{done.public_id}/").content.decode()
    assert "Certificate of an erasure" in page
    assert "1,204" in page
    file = auditor.get(f"/erasures/{done.public_id}/certificate/")
    assert file["Content-Disposition"].endswith('.json"')
    assert json.loads(file.content)["rows"] == {"journeys.Interaction": 1204}
    assert "1,204" in auditor.get("/erasures/").content.decode()
    assert "Nothing is earlier" in auditor.get(f"/erasures/?before={done.pk}").content.decode()


def test_a_program_asks_and_only_a_person_says_yes(anna: Customer) -> None:
    key = {"authorization": f"Bearer {ApiKey.issue('portal', 'admin')[1]}"}
    body = {"customer": str(anna.public_id), "reason": "By the portal."}
    made = Client().post("/api/v1/erasures/", body, content_type="application/json", headers=key)
    assert (made.status_code, made.json()["state"], made.json()["asked_by"]) == (201, "asked", "")
    again = Client().post("/api/v1/erasures/", body, content_type="application/json", headers=key)
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
    one = f"/api/v1/erasures/{made.json()['erasure']}/"
    refused = Client().post(f"{one}answer/", {"is_yes": True}, content_type="application/json", headers=key)
    assert (refused.status_code, "a person" in refused.json()["detail"]) == (409, True)
    listed = Client().get("/api/v1/erasures/?state=asked", headers=key).json()["results"]
    assert [found["erasure"] for found in listed] == [made.json()["erasure"]]
    second().post(f"/erasures/{made.json()['erasure']}/", {"act": "yes"})
    assert Client().get(one, headers=key).json()["state"] in ("starting", "erasing", "done")
    assert User.objects.filter(username="piet").exists()
