"""Second factors: who needs one, how it is set up, and that a wrong code is as bad as a wrong password."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from crm.privacy.audit.models import Act, AuditEntry
from crm.privacy.signing_in.second_factor import DEMONSTRATION
from crm.privacy.signing_in.tests.people import PASSWORD, code, person, set_up_app, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.REQUIRE_MFA = True


@pytest.mark.parametrize("role", ["admin", "privacy"])
def test_nothing_opens_to_them_before_a_second_factor_is_set_up(client: Client, role: str) -> None:
    person(role)
    assert sign_in(client, role)["Location"] == "/"
    for address in ("/", "/customers/", "/audit/", "/disclosure/", "/account/password/", "/account/sessions/"):
        assert client.get(address)["Location"] == "/account/", address
    assert client.post("/disclosure/", {"act": "save"})["Location"] == "/account/"
    assert client.get("/api/v1/customers/").status_code == 403
    assert "Set up a second factor first" in client.get("/account/").content.decode()
    _, codes = set_up_app(client)
    assert len(codes) == 10
    assert client.get("/customers/").status_code == 200


def test_the_admins_part_does_not_open_either(client: Client) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    client.force_login(root)
    assert client.get("/admin/")["Location"] == "/account/"


@pytest.mark.parametrize("role", ["agent", "lead", "marketer", "auditor"])
def test_others_are_not_asked(client: Client, role: str) -> None:
    person(role)
    sign_in(client, role)
    assert client.get("/", follow=True).status_code == 200


def test_whoever_has_one_is_asked_for_it_and_a_code_is_good_once(client: Client) -> None:
    person("admin")
    sign_in(client, "admin")
    secret, codes = set_up_app(client)
    again = Client()
    assert sign_in(again, "admin", next="/sources/")["Location"].startswith("/sign-in/second-step/")
    assert again.get("/customers/")["Location"].startswith("/sign-in/")
    assert "That code is wrong" in again.post("/sign-in/second-step/", {"code": "000000"}).content.decode()
    assert again.post("/sign-in/second-step/", {"code": code(secret, 1)})["Location"] == "/sources/"
    assert again.get("/customers/").status_code == 200
    third = Client()
    sign_in(third, "admin")
    assert third.post("/sign-in/second-step/", {"code": code(secret, 1)}).status_code == 200  # it was used
    assert third.post("/sign-in/second-step/", {"code": codes[0]})["Location"] == "/"
    fourth = Client()
    sign_in(fourth, "admin")
    assert fourth.post("/sign-in/second-step/", {"code": codes[0]}).status_code == 200  # it was, too


def test_a_code_is_good_once_in_all_processes_together_for_as_long_as_it_is_right(client: Client) -> None:
    person("admin")
    sign_in(client, "admin")
    secret, _ = set_up_app(client)
    shown = code(secret, 1)
    for expected in (302, 200):
        cache.clear()  # another process has another one
        browser = Client()
        sign_in(browser, "admin")
        assert browser.post("/sign-in/second-step/", {"code": f"{shown[:3]} {shown[3:]}"}).status_code == expected
    assert "That code is wrong" in client.post("/account/confirm/code/", {"code": shown}).content.decode()


def test_wrong_codes_have_one_wait_as_wrong_passwords_do(client: Client) -> None:
    person("admin")
    sign_in(client, "admin")
    secret, _ = set_up_app(client)
    thief = Client()
    sign_in(thief, "admin")
    told = [thief.post("/sign-in/second-step/", {"code": f"{n:06}"}).status_code for n in range(6)]
    assert told == [200, 200, 200, 200, 429, 429]
    assert thief.post("/sign-in/second-step/", {"code": code(secret, 1)}).status_code == 429
    assert thief.get("/customers/")["Location"].startswith("/sign-in/")


def test_what_makes_codes_is_sealed_and_its_picture_is_drawn_here(client: Client) -> None:
    person("admin")
    sign_in(client, "admin")
    page = client.get("/account/app/")
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    secret, codes = set_up_app(client)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert "sealed:" in kept
    assert secret not in kept
    assert codes[0] not in kept


def test_what_one_sets_of_ones_login_is_noted(
    client: Client, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    person("admin")
    sign_in(client, "admin")
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(client)
    client.post("/account/app/remove/")
    said = list(AuditEntry.objects.filter(act=Act.SET).order_by("pk").values_list("subject", flat=True))
    assert "Added a second factor: TOTP Authenticator" in said
    assert "Removed a second factor: TOTP Authenticator" in said
    assert client.get("/customers/")["Location"] == "/account/"


def test_the_demonstrations_logins_need_none_while_it_is_one(client: Client, settings: Any) -> None:
    person("admin")
    sign_in(client, "admin")
    mark = settings.DATA_DIR / DEMONSTRATION
    mark.write_text("printed")
    try:
        assert client.get("/customers/").status_code == 200
        settings.IS_HTTPS = True
        assert client.get("/customers/")["Location"] == "/account/"
    finally:
        mark.unlink()
    settings.IS_HTTPS = False
    assert client.get("/customers/")["Location"] == "/account/"


def test_an_admin_forgets_the_second_factor_of_whoever_lost_it(client: Client, settings: Any) -> None:
    lost = person("privacy")
    sign_in(client, "privacy")
    set_up_app(client)
    settings.REQUIRE_MFA = False
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    root.post("/admin/auth/user/", {"action": "forget_factors", "_selected_action": [lost.pk]})
    assert not Authenticator.objects.filter(user=lost).exists()
    assert sign_in(Client(), "privacy")["Location"] == "/"
