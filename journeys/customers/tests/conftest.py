"""A real server and a real browser for the tests of the screens."""

import uuid
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from django.apps import apps  # models are not there yet when this file is read
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from journeys.tests.serving import Served, served

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
Opener = Callable[..., Page]
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[Served]:
    """One web process on the test database."""
    with served() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Playwright runs a loop in this thread meanwhile, beside which Django's models may be used."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(QUIET))
        yield chromium
        chromium.close()


def signed_in_cookie(role: str) -> dict[str, str]:
    """The session cookie of somebody with a role."""
    someone = get_user_model().objects.create_user(f"{role} {uuid.uuid4().hex[:8]}", is_staff=role == "admin")
    someone.is_superuser = role == "admin"
    someone.save()
    someone.groups.add(apps.get_model("auth", "Group").objects.get_or_create(name=role)[0])
    client = Client()
    client.force_login(someone)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


@pytest.fixture
def open_page(browser: Browser, server: Served, transactional_db: None) -> Iterator[Opener]:
    """Open a page as somebody with a role: open_page(path, role="agent", width=1280, scheme="light").

    Whatever a page complains of in its console fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(path: str, role: str = "agent", width: int = 1280, scheme: Scheme = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        contexts.append(context)
        context.add_cookies([{"name": name, "value": value, "url": server.url}
                             for name, value in signed_in_cookie(role).items()])  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
