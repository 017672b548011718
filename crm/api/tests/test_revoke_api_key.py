"""`manage.py revoke_api_key`: a key is refused from then on."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from crm.privacy.models import ApiKey

pytestmark = pytest.mark.django_db


def revoke(*words: str) -> str:
    said = StringIO()
    call_command("revoke_api_key", *words, stdout=said)
    return said.getvalue()


def test_a_revoked_key_is_refused_and_its_neighbour_is_not() -> None:
    keys = {name: ApiKey.issue(name, "marketer")[1] for name in ("reports", "website")}
    assert "“reports” is revoked" in revoke("reports")
    answers = {
        name: Client().get("/api/v1/customers/", headers={"authorization": f"Bearer {key}"}).status_code
        for name, key in keys.items()
    }
    assert answers == {"reports": 401, "website": 200}


def test_it_is_told_as_json_and_a_second_time_changes_nothing() -> None:
    ApiKey.issue("reports", "agent")
    told = json.loads(revoke("reports", "--json"))
    assert (told["name"], told["role"]) == ("reports", "agent")
    assert json.loads(revoke("reports", "--json")) == told
    assert "was revoked already" in revoke("reports")


def test_an_unknown_name_is_told_which_keys_there_are() -> None:
    with pytest.raises(CommandError, match="make one with add_api_key"):
        revoke("reporting")
    ApiKey.issue("reports", "agent")
    with pytest.raises(CommandError, match="no key called “reporting”; these are in force: reports"):
        revoke("reporting")
