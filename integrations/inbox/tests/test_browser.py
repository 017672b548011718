"""The admins' pages in a real browser: two widths, light and dark, by keyboard, under the strict CSP."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from crm.sources.models import Source
from integrations.adapter import Event
from integrations.inbox.models import FailedDelivery
from integrations.inbox.receiving import receive
from journeys.tests.serving import served

pytestmark = pytest.mark.django_db(transaction=True)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
LONG = "the timestamp 1900-01-01 cannot be; check the sender's clock, and then " + "averylongword" * 12
WIDTHS_AND_SCHEMES = [(1280, "light"), (390, "dark")]
MOST_TABS = 60


@dataclass
class Seen:
    """An admin's browser, and what it complained of."""

    page: Page
    source: Source
    failed: int
    complaints: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def tab_to(self, words: str) -> None:
        """Press Tab until the focus is on what has these words or this name."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            found = self.page.evaluate("document.activeElement.name || document.activeElement.innerText")
            if found.strip() == words:
                return
        raise AssertionError(f"{words!r} cannot be reached by Tab")


@pytest.fixture
def seen() -> Iterator[Seen]:
    source = Source.objects.create(name="web-shop-of-a-company-with-a-long-name", adapter="segment", namespace="shop")
    receive(source, [Event(f"key-{'k' * 150}-{number}", "track", b'{"a": "<b>"}', LONG) for number in range(3)])
    failed = FailedDelivery.objects.order_by("-pk")[0].pk
    client = Client()
    client.force_login(User.objects.create(username="admin", is_superuser=True))
    cookie = client.cookies["sessionid"].value
    with served() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = browser.new_context(base_url=server.url, permissions=["clipboard-read", "clipboard-write"])
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])
        found = Seen(context.new_page(), source, failed)
        found.page.on("console", found.note)
        yield found
        browser.close()


def test_no_page_scrolls_sideways_or_breaks_the_csp(seen: Seen) -> None:
    names = ("sources", "add-source", "failed-deliveries", "reconciliation")
    paths = [reverse(name) for name in names] + [f"{reverse('add-source')}?adapter=meta"]
    paths += [reverse("source", args=[seen.source.public_id]), reverse("failed-delivery", args=[seen.failed])]
    for width, scheme in WIDTHS_AND_SCHEMES:
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for path in paths:
            seen.page.goto(path)
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"
    assert seen.complaints == []


def test_a_failed_delivery_is_replayed_by_keyboard_alone(seen: Seen) -> None:
    seen.page.goto(reverse("failed-deliveries"))
    seen.tab_to("delivery")
    seen.page.keyboard.press("Space")
    seen.tab_to("Replay the chosen")
    seen.page.keyboard.press("Enter")
    seen.page.get_by_text("1 delivery is back in the queue").wait_for()


def test_the_write_key_is_copied(seen: Seen) -> None:
    seen.page.goto(reverse("source", args=[seen.source.public_id]))
    seen.page.get_by_role("button", name="Copy Write key").click()
    seen.page.get_by_role("button", name="Copied Write key").wait_for()
    assert seen.page.evaluate("navigator.clipboard.readText()") == seen.source.write_key


def test_the_first_visit_that_is_shown_a_number_appears_by_itself(seen: Seen) -> None:
    seen.page.goto(reverse("tracking-numbers", args=[seen.source.public_id]))
    seen.page.locator("[name=numbers]").fill("+441632960101")
    seen.page.locator("[name=fallback]").fill("+441632960000")
    seen.page.locator("form:has([name=numbers]) button[type=submit]").click()
    seen.page.get_by_text("Nobody was shown a number yet").wait_for()
    told = {"visitor": "a", "landed": {"utm_campaign": "Winter sun"}, "is_landing": True}
    seen.page.request.post(f"/t/{seen.source.write_key}/number", data=told)
    seen.page.locator("#works").get_by_text("Winter sun").wait_for()
    assert seen.complaints == []
