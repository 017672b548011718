"""The API's page in a real browser: it draws itself under the strict content security policy, without a CDN."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from crm.privacy.models import ApiKey
from crm.search.tests.people import person
from journeys.customers.tests.conftest import Opener


@pytest.mark.parametrize("width", [390, 1280])
def test_the_api_is_tried_in_a_browser_with_a_key(open_page: Opener, width: int) -> None:
    _, key = ApiKey.issue("browser", "agent")
    person(("email", "anna@example.com"), full_name="Anna Whitfield")
    page = open_page("/api/v1/docs/", width=width)
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.reload()
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("auth-bearer-value").fill(key)
    page.get_by_label("auth-bearer-value").press("Enter")
    page.get_by_role("button", name="Close").first.click()
    page.locator("#operations-customers-list_customers").get_by_role("button").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_placeholder("search").fill("ana whitfeild")
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table")).to_contain_text("Anna Whitfield")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {urlsplit(url).hostname for url in asked_for if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}
