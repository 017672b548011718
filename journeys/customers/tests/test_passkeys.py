"""Passkeys in a real browser, which has an authenticator of its own for the test."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import Browser, Page, expect

from crm.privacy.signing_in.tests.people import PASSWORD, person
from journeys.tests.serving import Served

pytestmark = pytest.mark.django_db(transaction=True)
INSIDE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
          "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip


@pytest.fixture
def page(browser: Browser, server: Served) -> Page:
    """A browser that knows somebody, on a name that browsers take for safe."""
    context = browser.new_context(base_url=server.url.replace("127.0.0.1", "localhost"))
    context.set_default_timeout(10_000)
    opened = context.new_page()
    device = context.new_cdp_session(opened)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": INSIDE})
    return opened


def agent() -> None:
    """Somebody whose password the server, which is set as in production, can check."""
    made = person("agent")
    made.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1_000)
    made.save()


def press(page: Page, name: str) -> None:
    """Press a button that needs its script, once the page that has it is there."""
    page.get_by_role("button", name=name).wait_for()
    page.wait_for_load_state()
    page.get_by_role("button", name=name).click()


def give_password(page: Page) -> None:
    page.get_by_label("Name").fill("agent")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_added_and_lets_one_in_without_a_password(page: Page) -> None:
    agent()
    said: list[str] = []
    page.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    page.goto("/sign-in/?next=/account/passkeys/add/")
    give_password(page)
    press(page, "Add it")
    expect(page).to_have_url(re.compile("/account/codes/$"))
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    page.get_by_role("button", name="Sign out").click()
    press(page, "With a passkey")
    expect(page).to_have_url(re.compile("/customers/$"))
    assert said == []


def test_a_passkey_is_the_second_step(page: Page) -> None:
    agent()
    page.goto("/sign-in/?next=/account/passkeys/add/")
    give_password(page)
    page.get_by_label("Sign in with it alone").uncheck()
    press(page, "Add it")
    page.get_by_role("button", name="Sign out").click()
    give_password(page)
    expect(page).to_have_url(re.compile("/second-step/"))  # the page before has a button of that name, too
    press(page, "With a passkey")
    expect(page).to_have_url(re.compile("/customers/$"))


def test_a_browser_without_one_says_so(page: Page) -> None:
    page.goto("/sign-in/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('cancelled')) }")
    press(page, "With a passkey")
    expect(page.get_by_text("No passkey was used")).to_be_visible()
