"""Real browsers on another site: they may send to us, and the real browser library starts and sends."""

import base64
import json
import shutil
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from integrations.segment.tests.listening import Listener, listening, serving
from integrations.tests.packages import NPM, fetched

LIBRARY = "@segment/analytics-next@1.84.3"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PAGE = """<!doctype html><meta charset="utf-8"><title>The Bahamas</title><h1>Seven nights in Nassau</h1>"""
SEND = """async ([url, key, body]) => {
    const answer = await fetch(url, {method: "POST", body, headers: {
        "Content-Type": "text/plain", "Authorization": "Basic " + key, "X-Retry-Count": "1"}});
    return [answer.status, await answer.json()];
}"""
START = """async ([url]) => {
    const analytics = AnalyticsNext.AnalyticsBrowser.load({writeKey: "wk_web", cdnURL: url});
    await analytics.page("Holidays", "Bahamas");
    await analytics.track("Quote Requested", {destination: "Nassau", total: 1800, currency: "gbp"});
    await analytics.identify("97980cfea0067", {email: "jane.okafor@example.com", firstName: "Jane"});
    return (await analytics.user()).anonymousId();
}"""
BATCHING = """async ([url]) => {
    const how = {"Segment.io": {deliveryStrategy: {strategy: "batching", config: {size: 2, timeout: 200}}}};
    const analytics = AnalyticsNext.AnalyticsBrowser.load({writeKey: "wk_web", cdnURL: url}, {integrations: how});
    await Promise.all([analytics.track("First"), analytics.track("Second")]);
}"""


def site_of(folder: Path) -> type[SimpleHTTPRequestHandler]:
    """A handler that serves a folder."""

    class Site(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Site


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A page of another site in Chromium; `tmp_path` is that site's folder."""
    (tmp_path / "index.html").write_text(PAGE)
    with serving(site_of(tmp_path)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        opened = browser.new_page()
        opened.goto(f"{site}/index.html?utm_source=google&utm_campaign=Bahamas&gclid=Cj0")
        yield opened
        browser.close()


def test_a_page_of_another_site_may_send_and_read_the_answer(listener: Listener, page: Page) -> None:
    event = {"anonymousId": "a-1", "event": "Quote Requested"}
    key = base64.b64encode(b"wk_web:").decode()
    status, answer = page.evaluate(SEND, [f"{listener.url}/v1/t", key, json.dumps(event)])
    assert (status, answer) == (200, {"success": True})
    assert listener.one("track").title == "Quote Requested"


if NPM:  # the library is fetched, never kept in the repository

    @pytest.fixture(scope="session")
    def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
        """The browser library as it is published."""
        folder = tmp_path_factory.mktemp("library")
        return fetched(LIBRARY, folder) / "dist" / "umd"

    @pytest.fixture
    def tracked_page(page: Page, library: Path, tmp_path: Path) -> Page:
        """The page, with the browser library on it."""
        shutil.copytree(library, tmp_path, dirs_exist_ok=True)
        page.add_script_tag(url="/index.js")
        return page

    def test_the_browser_library_starts_and_its_events_arrive(listener: Listener, tracked_page: Page) -> None:
        browser = tracked_page.evaluate(START, [listener.url])
        assert {draft.kind for draft in listener.wait_for(3)} == {"page", "track", "identify"}
        assert {request.path for request in listener.requests[1:]} == {"/v1/p", "/v1/t", "/v1/i"}
        seen = listener.one("page")
        assert [(item.kind, item.value) for item in seen.identifiers] == [("cookie", browser)]
        assert (seen.title, seen.data["name"]) == ("The Bahamas", "Bahamas")
        assert seen.data["campaign"] == {"name": "Bahamas", "source": "google"}
        assert seen.data["click_ids"] == {"gclid": "Cj0"}
        assert seen.data["device"] == "Chrome on Linux"
        track = listener.one("track")
        assert (track.title, track.data["value"], track.data["currency"]) == ("Quote Requested", 1800, "GBP")
        assert {item.kind for item in listener.one("identify").identifiers} == {"login", "cookie", "email"}

    def test_the_browser_librarys_batches_arrive(listener: Listener, tracked_page: Page) -> None:
        tracked_page.evaluate(BATCHING, [listener.url])
        assert {draft.title for draft in listener.wait_for(2)} == {"First", "Second"}
        assert listener.requests[-1].path == "/v1/b"
