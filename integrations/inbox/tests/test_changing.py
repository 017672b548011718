"""A source's settings: changed on its page by admins, or given to `add_source`, and read alike."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from crm.privacy.tests.signing import signed_in
from crm.sources.models import Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


def source(adapter: str, **settings: object) -> Source:
    return Source.objects.create(name=f"our {adapter}", adapter=adapter, namespace=adapter, settings=settings)


def path(of: Source) -> str:
    return reverse("change-source", args=[of.public_id])


def change(client: Client, of: Source, status: int = 302, **typed: str) -> str:
    """Type into the form, and send it. Returns the page that came back."""
    answer = client.post(path(of), {"name": of.name, "country": "GB"} | typed)
    assert answer.status_code == status
    of.refresh_from_db()
    return answer.content.decode()


def add(*words: str) -> Source:
    said = StringIO()
    call_command("add_source", *words, "--json", stdout=said)
    return Source.objects.get(public_id=json.loads(said.getvalue())["id"])


def test_own_domains_are_typed_one_to_a_line_and_stand_on_the_sources_page(admin: Client) -> None:
    inbox = source("postmark")
    change(admin, inbox, own_domains=" @BlueLagoon.example\n mail.example, bluelagoon.example ")
    assert inbox.settings == {"own_domains": ["bluelagoon.example", "mail.example"]}
    assert "bluelagoon.example<br>mail.example" in admin.get(reverse("source", args=[inbox.public_id])).content.decode()
    assert "bluelagoon.example\nmail.example</textarea>" in admin.get(path(inbox)).content.decode()


def test_name_and_country_are_changed_too(admin: Client) -> None:
    calls = source("twilio")
    change(admin, calls, name="phones", country="de", agent_numbers="030 901820")
    assert (calls.name, calls.country, calls.settings["agent_numbers"]) == ("phones", "DE", ["+4930901820"])


def test_an_emptied_setting_is_forgotten_and_what_is_not_offered_stays(admin: Client) -> None:
    calls = source("twilio", twiml="<Response/>", agent_numbers=["+441632960200"], other=7)
    change(admin, calls, twiml="", agent_numbers="+44 1632 960200")
    assert calls.settings == {"agent_numbers": ["+441632960200"], "other": 7}


@pytest.mark.parametrize(
    ("adapter", "typed", "said"),
    [
        ("postmark", {"own_domains": "blue lagoon"}, "is no domain: write each like bluelagoon.example"),
        ("twilio", {"agent_numbers": "12\nextension"}, "is no phone number (in GB): write +44"),
        ("twilio", {"twiml": "<Response><Dial></Response>"}, "this is not XML: mismatched tag in line 1"),
        ("twilio", {"twiml": "<Say>Hello</Say>"}, "TwiML begins with &lt;Response&gt;"),
        ("twilio", {"twiml": "<!DOCTYPE a [<!ENTITY b 'c'>]><Response>&b;</Response>"}, "leave the DOCTYPE out"),
        ("twilio", {"twiml": f"<Response>{'x' * 4000}</Response>"}, "twiml has at most 4,000 characters"),
        ("meta", {"country": "XQ"}, "This is no country"),
    ],
)
def test_what_cannot_be_says_the_remedy_where_it_was_typed(
    admin: Client, adapter: str, typed: dict[str, str], said: str
) -> None:
    kept = source(adapter)
    assert said in change(admin, kept, 400, **typed)
    assert kept.settings == {}


def test_a_secret_is_kept_replaced_and_forgotten_but_never_shown(admin: Client) -> None:
    calls = source("twilio", auth_token="of-the-vendor")
    for page in (path(calls), reverse("source", args=[calls.public_id])):
        assert "of-the-vendor" not in admin.get(page).content.decode()
    change(admin, calls, auth_token="")
    assert calls.settings["auth_token"] == "of-the-vendor"
    change(admin, calls, auth_token="another")
    assert calls.settings["auth_token"] == "another"
    change(admin, calls, auth_token="", forget_auth_token="on")
    assert calls.settings == {}


def test_only_admins_change_a_source() -> None:
    calls = source("twilio")
    assert Client().post(path(calls), {"name": "x"}).status_code == 302
    for role in ("agent", "marketer", "privacy"):
        someone = signed_in(role)
        assert someone.get(path(calls)).status_code == 403
        change(someone, calls, 403, twiml="<Response/>")
    assert calls.settings == {}


def test_the_command_reads_settings_as_the_page_does() -> None:
    made = add("postmark", "office", "--setting", 'own_domains=["BlueLagoon.example"]')
    assert made.settings == {"own_domains": ["bluelagoon.example"]}
    assert add("postmark", "desk", "--setting", "own_domains=a.example,b.example").settings == {
        "own_domains": ["a.example", "b.example"]
    }
    assert add("meta", "pages", "--setting", "verify_token=1234").settings == {"verify_token": "1234"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--setting", "own_domain=a.example"], "there is no setting own_domain here; there are: own_domains"),
        (["--setting", "own_domains=a b"], "is no domain"),
        (["--setting", "own_domains"], "write it as NAME=VALUE"),
        (["--country", "XQ"], "This is no country's code"),
        (["--secret", "x" * 201], "secret: "),
    ],
)
def test_the_command_refuses_what_cannot_be(words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        add("postmark", "office", *words)
    assert not Source.objects.exists()


def test_people_are_told_where_to_read_on() -> None:
    said = StringIO()
    call_command("add_source", "mailgun", "office", stdout=said)
    assert "integrations/email/README.md" in said.getvalue()
