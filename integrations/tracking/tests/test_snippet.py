"""The snippet in a real browser, on another site, against the running stack."""

import gzip
import secrets
import shutil
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from crm.stack.throwaway import Stack
from integrations.segment.tests.listening import serving
from integrations.segment.tests.test_browser import FLAGS
from integrations.tracking.views import content

USUAL = "01632 960000"
SITE = """<!doctype html><meta charset="utf-8"><title>The Bahamas</title>{policy}
<p>Ring <a id="line" href="tel:+441632960000" data-tracking-number>01632 960000</a></p>
<script src="{script}" {consent}></script>"""


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def shop(live_stack: Stack) -> dict[str, Any]:
    """A site's source with two numbers of its own."""
    name = f"site-{secrets.token_hex(4)}"
    source = live_stack.told("add_source", "segment", name, "--country", "GB")
    first = 100_000 + secrets.randbelow(800_000)
    numbers = [f"+441632{first}", f"+441632{first + 1}"]
    live_stack.told("set_numbers", name, *numbers, "--fallback", "+441632960000")
    return {**source, "name": name, "numbers": numbers, "script": f"{live_stack.url}/t/{source['write_key']}.js"}


@pytest.fixture
def site(tmp_path: Path, shop: dict[str, Any]) -> Iterator[str]:
    """The address of another site that carries the snippet: asking first, at once, with a policy that forbids what it
    sends, and sealed: with one that allows us alone, and neither storage nor cookies.
    """
    strict = '<meta http-equiv="Content-Security-Policy" content="connect-src \'none\'">'
    pages = {"asking": ("", 'data-consent="required"'), "index": ("", ""), "strict": (strict, ""), "sealed": ("", "")}
    for name, (policy, consent) in pages.items():
        text = SITE.format(policy=policy, consent=consent, script=shop["script"])
        (tmp_path / f"{name}.html").write_text(text)
    ours = shop["script"].partition("/t/")[0]
    with serving(sealed(tmp_path, ours)) as address:
        yield address


def sealed(folder: Path, ours: str) -> type[SimpleHTTPRequestHandler]:
    """A handler that serves a folder, whose sealed page comes with a policy that names nobody but us."""

    class Sealed(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def end_headers(self) -> None:
            if self.path.startswith("/sealed"):
                policy = f"default-src 'none'; script-src {ours}; connect-src {ours}; sandbox allow-scripts"
                self.send_header("Content-Security-Policy", policy)
            super().end_headers()

    return Sealed


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page()
    page.goto(address)
    return page


def leases(stack: Stack, shop: dict[str, Any]) -> list[tuple[Any, ...]]:
    return stack.ask(
        "SELECT l.visitor, l.landed FROM integrations_lease l JOIN integrations_trackingnumber n ON n.id = l.number_id "
        "WHERE n.number = ANY(%s) ORDER BY l.id",
        shop["numbers"],
    )


def test_nothing_happens_before_consent_and_then_the_number_is_the_visitors(
    browser: Browser, live_stack: Stack, shop: dict[str, Any], site: str
) -> None:
    page = opened(browser, f"{site}/asking.html?utm_source=google&utm_campaign=Bahamas&gclid=Cj0")
    page.wait_for_timeout(500)
    expect(page.locator("#line")).to_have_text(USUAL)
    assert leases(live_stack, shop) == []
    page.evaluate("throughline.consent(true)")
    expect(page.locator("#line")).not_to_have_text(USUAL)
    assert page.locator("#line").get_attribute("href") == f"tel:{shop['numbers'][0]}"
    [(visitor, landed)] = leases(live_stack, shop)
    assert (landed["utm_campaign"], landed["gclid"]) == ("Bahamas", "Cj0")
    assert page.evaluate("throughline.visitor()") == visitor
    page.reload()
    expect(page.locator("#line")).not_to_have_text(USUAL)  # it was agreed to, and it is the same one
    assert page.evaluate("throughline.number()") == shop["numbers"][0]
    page.evaluate("throughline.consent(false)")
    left = "[throughline.visitor(), throughline.number(), localStorage.length, sessionStorage.length]"
    assert page.evaluate(left) == [None, None, 0, 0]
    expect(page.locator("#line")).to_have_text(USUAL)
    assert page.locator("#line").get_attribute("href") == "tel:+441632960000"
    page.evaluate("throughline.consent(true)")
    expect(page.locator("#line")).not_to_have_text(USUAL)  # somebody new, with the other number
    assert [who == visitor for who, _ in leases(live_stack, shop)] == [True, False]


def test_pages_are_sent_with_their_campaign_and_a_page_that_changes_is_followed(
    browser: Browser, live_stack: Stack, shop: dict[str, Any], site: str
) -> None:
    page = opened(browser, f"{site}/index.html?utm_source=google&utm_campaign=Sun")
    expect(page.locator("#line")).not_to_have_text(USUAL)
    page.evaluate("history.pushState({}, '', '/quote'); document.title = 'Quote'")
    page.evaluate("""() => document.body.insertAdjacentHTML("beforeend",
        '<b id="new" data-tracking-number>01632 960000</b>')""")
    expect(page.locator("#new")).to_have_text(page.locator("#line").inner_text())
    for _ in range(100):
        found = live_stack.ask(
            "SELECT i.data FROM journeys_interaction i JOIN crm_source s ON s.id = i.source_id "
            "WHERE s.name = %s AND i.kind = 'page' ORDER BY i.occurred_at",
            shop["name"],
        )
        if len(found) == 2:
            break
        page.wait_for_timeout(100)
    assert len(found) == 2
    assert "Sun" in str(found[0])
    assert "/quote" in str(found[1])


def test_a_browser_that_asks_not_to_be_tracked_is_left_alone(
    browser: Browser, live_stack: Stack, shop: dict[str, Any], site: str
) -> None:
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})")
    page.goto(f"{site}/index.html")
    page.evaluate("throughline.consent(true)")
    page.wait_for_timeout(500)
    expect(page.locator("#line")).to_have_text(USUAL)
    assert leases(live_stack, shop) == []
    assert page.evaluate("localStorage.length") == 0


def test_a_site_whose_policy_forbids_it_keeps_its_number_and_no_error_escapes(
    browser: Browser, live_stack: Stack, shop: dict[str, Any], site: str
) -> None:
    page, faults = browser.new_page(), []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get: () => { throw new Error('blocked') }})")
    page.goto(f"{site}/strict.html")
    page.wait_for_timeout(500)
    expect(page.locator("#line")).to_have_text(USUAL)
    assert faults == []


def test_with_cookies_blocked_and_a_policy_that_allows_us_alone_the_number_is_the_visitors(
    browser: Browser, live_stack: Stack, shop: dict[str, Any], site: str
) -> None:
    page, faults = browser.new_page(), []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(f"{site}/sealed.html?utm_campaign=Sun")
    expect(page.locator("#line")).not_to_have_text(USUAL)
    page.evaluate("history.replaceState({}, '', location.href + '&seen=1')")
    assert page.evaluate("document.querySelector('#line').href") == f"tel:{page.evaluate('throughline.number()')}"
    [(visitor, landed)] = leases(live_stack, shop)
    assert (visitor, landed["utm_campaign"]) == (page.evaluate("throughline.visitor()"), "Sun")
    assert faults == []


def test_the_snippet_is_small() -> None:
    assert len(gzip.compress(content())) < 6_000
