"""One's own login: the password, where one is signed in, and what there is no address for."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from crm.privacy.audit.models import AuditEntry
from crm.privacy.signing_in.tests.people import PASSWORD, person, sign_in

pytestmark = pytest.mark.django_db
NEW = {"oldpassword": PASSWORD, "password1": "another long phrase", "password2": "another long phrase"}


def two_browsers() -> tuple[Client, Client]:
    person("agent")
    browsers = Client(headers={"user-agent": "At the desk"}), Client(headers={"user-agent": "On the train"})
    for browser in browsers:
        sign_in(browser, "agent")
    return browsers


def test_one_sees_where_one_is_signed_in_and_signs_out_everywhere_else() -> None:
    here, there = two_browsers()
    page = here.get("/account/sessions/").content.decode()
    assert "At the desk" in page
    assert "On the train" in page
    here.post("/account/sessions/")
    assert here.get("/customers/").status_code == 200
    assert there.get("/customers/")["Location"].startswith("/sign-in/")


def test_a_new_password_signs_out_everywhere_else() -> None:
    here, there = two_browsers()
    assert here.post("/account/password/", NEW).status_code == 302
    assert here.get("/customers/").status_code == 200
    assert there.get("/customers/")["Location"].startswith("/sign-in/")
    assert sign_in(Client(), "agent").status_code == 200
    assert sign_in(Client(), "agent", "another long phrase").status_code == 302
    assert AuditEntry.objects.filter(subject="Changed their password").exists()


@pytest.mark.parametrize("bad", ["short", "password1234", "123456789012", "agent-agent-agent"])
def test_a_bad_password_is_not_taken(client: Client, bad: str) -> None:
    person("agent", "agent-agent-agent")
    sign_in(client, "agent-agent-agent")
    page = client.post("/account/password/", {"oldpassword": PASSWORD, "password1": bad, "password2": bad})
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()


def test_a_new_password_needs_the_old_one(client: Client) -> None:
    person("agent")
    sign_in(client, "agent")
    assert "That is not your password" in client.post("/account/password/", NEW | {"oldpassword": "x"}).content.decode()


def test_a_session_ends_after_a_shift(client: Client) -> None:
    person("agent")
    sign_in(client, "agent")
    assert client.session.get_expiry_age() <= 12 * 3600
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("name", [
    "account_signup", "account_email", "account_reset_password", "account_set_password", "account_confirm_email",
    "account_request_login_code", "mfa_signup_webauthn", "mfa_trust", "socialaccount_signup",
    "socialaccount_connections",
])  # fmt: skip
def test_what_is_not_needed_has_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere_after_signing_in(client: Client, place: str) -> None:
    person("agent")
    assert sign_in(client, "agent", next=place)["Location"] == "/"


def test_whoever_has_no_role_is_told_so(client: Client) -> None:
    person("agent").groups.clear()
    sign_in(client, "agent")
    page = client.get("/")
    assert page.status_code == 403
    assert "You have no role yet" in page.content.decode()


def test_the_session_is_another_after_signing_in(client: Client) -> None:
    person("agent")
    client.get("/sign-in/")
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    sign_in(client, "agent")
    assert client.session.session_key != before
