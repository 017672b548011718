"""`manage.py add_api_key`: the key is shown once and kept nowhere."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from crm.privacy.models import ApiKey

pytestmark = pytest.mark.django_db


def add(*words: str) -> str:
    said = StringIO()
    call_command("add_api_key", *words, stdout=said)
    return said.getvalue()


def test_the_key_is_printed_as_json_works_and_is_hashed_at_rest() -> None:
    made = json.loads(add("reports", "--role", "marketer", "--json"))
    assert made.keys() == {"name", "role", "key"}
    assert (made["name"], made["role"]) == ("reports", "marketer")
    kept = ApiKey.objects.get()
    assert made["key"] not in str(vars(kept))
    asked = Client().get("/api/v1/customers/", headers={"authorization": f"Bearer {made['key']}"})
    assert asked.status_code == 200


def test_people_are_told_how_to_send_it() -> None:
    assert "Authorization: Bearer" in add("reports", "--role", "agent")


@pytest.mark.parametrize(
    "words",
    [
        ["x", "--role", "king"],
        ["x"],
        ["", "--role", "agent"],
        ["x" * 81, "--role", "agent"],
        ["x", "--role", "integration"],
        ["x", "--role", "agent", "--scope", "everything"],
    ],
)
def test_bad_words_are_refused(words: list[str]) -> None:
    with pytest.raises(CommandError):
        add(*words)


def test_a_name_is_taken_once() -> None:
    add("reports", "--role", "agent")
    with pytest.raises(CommandError, match="choose another name"):
        add("reports", "--role", "admin")


def test_a_key_with_scopes_says_so() -> None:
    made = json.loads(
        add("sync", "--role", "integration", "--scope", "work:write", "--scope", "customers:read", "--json")
    )
    assert made["scopes"] == ["customers:read", "work:write"]
