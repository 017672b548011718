"""The link at the end of a mail: it takes one consent back, at once, and does nothing else."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.signing import dumps
from django.test import Client
from django.utils import timezone

from crm.identity.models import Customer, Identifier
from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.models import ApiKey, Consent
from crm.privacy.permissions import permissions
from crm.privacy.tests.signing import signed_in
from crm.privacy.unsubscribing import SALT

pytestmark = pytest.mark.django_db
CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def anna() -> Identifier:
    """An address that mails may be sent to."""
    born = Customer.objects.create()
    found = Identifier.objects.create(kind="email", value="anna@example.com", customer=born, origin=born)
    for purpose in ("marketing", "analytics"):
        Consent.objects.create(identifier=found, purpose=purpose, state="given", occurred_at=timezone.now())
    return found


def asked(body: dict[str, Any], key: dict[str, str] | None = None) -> Any:
    """What the API answers."""
    ApiKey.objects.filter(name="mailer").delete()
    given = key or {"authorization": f"Bearer {ApiKey.issue('mailer', 'integration', ['consents:write'])[1]}"}
    return Client().post("/api/v1/unsubscribe-links/", body, content_type="application/json", headers=given)


def path_of(answer: Any) -> str:
    return str(answer.json()["url"]).removeprefix("http://localhost:8000")


def allowed(identifier: Identifier) -> set[str]:
    found = permissions([identifier.pk])
    refused = {one.purpose for one in found if one.is_withdrawn}
    return {one.purpose for one in found if one.is_given} - refused


def test_one_click_takes_marketing_by_mail_back_without_a_cookie_or_a_token(anna: Identifier) -> None:
    made = asked({"email": "Anna@Example.com"})
    assert made.json()["headers"] == {
        "List-Unsubscribe": f"<{made.json()['url']}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }  # fmt: skip
    answer = Client(enforce_csrf_checks=True).post(path_of(made), CLICK)
    assert answer.status_code == 200
    assert not answer.cookies
    assert allowed(anna) == {"analytics"}
    kept = Consent.objects.get(state="withdrawn")
    assert (kept.channel, kept.evidence) == ("email", "the link in a mail (List-Unsubscribe)")
    noted = AuditEntry.objects.get(act=Act.CONSENTED)
    assert (noted.actor, noted.customer_id) == ("", anna.customer_id)


def test_whoever_only_looks_at_the_link_changes_nothing_and_sees_nothing(anna: Identifier) -> None:
    path = path_of(asked({"email": anna.value}))
    assert anna.value not in path
    page = Client().get(path).content.decode()
    assert "No more of these mails?" in page
    assert "anna" not in page
    assert Client().head(path).status_code == 405
    assert allowed(anna) == {"marketing", "analytics"}


def test_a_second_click_is_no_second_event_and_a_yes_after_it_counts(anna: Identifier) -> None:
    path = path_of(asked({"email": anna.value}))
    for _ in range(2):
        assert Client().post(path, CLICK).status_code == 200
    assert Consent.objects.filter(state="withdrawn").count() == 1
    Consent.objects.create(
        identifier=anna, purpose="marketing", channel="email", state="given", occurred_at=timezone.now()
    )
    assert "marketing" in {one.purpose for one in permissions([anna.pk]) if one.is_given and one.channel == "email"}


def test_it_answers_the_same_for_somebody_who_is_not_there_any_more(anna: Identifier) -> None:
    path = path_of(asked({"email": anna.value}))
    here = Client().post(path, CLICK).content
    Consent.objects.all().delete()
    anna.delete()
    assert Client().post(path, CLICK).content == here


@pytest.mark.parametrize(
    "token",
    ["x", "a:b:c", dumps([[1], "marketing"], salt="of-something-else")],
    ids=["a word", "three words", "signed for something else"],  # its time is in it: the workers must agree on the name
)
def test_a_link_that_is_none_of_ours_does_nothing(anna: Identifier, token: str) -> None:
    answer = Client().post(f"/unsubscribe/{token}/", CLICK)
    assert answer.status_code == 404
    assert not Consent.objects.filter(state="withdrawn").exists()


def test_a_link_proves_nothing_else(anna: Identifier) -> None:
    """It signs nobody in, and is no key."""
    token = dumps([[anna.pk], "marketing"], salt=SALT)
    browser = Client()
    browser.post(f"/unsubscribe/{token}/", CLICK)
    assert browser.get(f"/customers/{anna.customer.public_id}/").status_code == 302
    assert asked({"email": anna.value}, {"authorization": f"Bearer {token}"}).status_code == 401


def test_nobody_makes_links_for_people_they_do_not_know(anna: Identifier) -> None:
    assert asked({"email": "nobody@example.com"}).status_code == 409
    assert asked({"email": "no address"}).status_code == 409
    reader = {"authorization": f"Bearer {ApiKey.issue('reader', 'integration', ['consents:read'])[1]}"}
    assert asked({"email": anna.value}, reader).status_code == 403


def test_the_command_prints_the_headers_with_the_inbox_that_mails_come_in_by(anna: Identifier, settings: Any) -> None:
    settings.UNSUBSCRIBE_ADDRESS, settings.PUBLIC_URL = "stop@shop.example", "https://throughline.example"
    signed_in("agent")
    said = StringIO()
    call_command("unsubscribe_link", anna.value, "--asked-by", "agent", stdout=said)
    ways = json.loads(said.getvalue())["headers"]["List-Unsubscribe"]
    assert ways.startswith("<https://throughline.example/unsubscribe/")
    assert ways.endswith(">, <mailto:stop@shop.example?subject=unsubscribe>")
    with pytest.raises(CommandError, match="nobody is known"):
        call_command("unsubscribe_link", "nobody@example.com", "--asked-by", "agent")
