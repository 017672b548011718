"""The graph in a real browser: it is drawn, and nothing of it asks for more than our policy allows."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route

from journeys.customers.tests.conftest import Opener
from journeys.interactions.drafts import Seen
from journeys.paths.tests.test_packing import kept
from journeys.tests.factories import page, recorded
from journeys.tests.waiting import PATIENCE, comes_true, listens

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_graph_is_drawn_under_our_policy_and_a_flow_leads_to_who_went_so(open_page: Opener) -> None:
    at = timezone.now() - timedelta(days=9)
    for name in ("c-one", "c-two"):
        browser = Seen("cookie", name)
        recorded(
            [page(at + timedelta(minutes=n), title, browser) for n, title in enumerate(("Home", "Quote", "Cabins"))]
        )
    kept()
    shown = open_page("/paths/?step=/quote", "marketer")  # what the policy refuses is said in the console, and fails
    comes_true(shown, "!!document.querySelector('#sankey[data-drawn] .sankey-link')")
    assert shown.locator(".sankey-node").count() == 5
    shown.get_by_role("link", name="who went from /quote to /cabins").click()
    assert "2 customers" in shown.get_by_role("heading", level=2).inner_text()


@pytest.mark.parametrize(
    ("address", "role"),
    [("/abandoned/definitions/0/", "marketer"), ("/retention/", "privacy"), ("/disclosure/", "privacy")],
)
def test_what_is_tried_while_save_has_the_focus_saves_nothing(open_page: Opener, address: str, role: str) -> None:
    held: list[Route] = []
    sent: list[str] = []

    def hold(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        sent.append(route.request.post_data or "")
        if len(sent) > 1:
            return route.continue_()
        return held.append(route)

    shown = open_page(address, role)
    listens(shown)
    shown.route("**/*", hold)
    form = shown.locator("form[hx-trigger='change']")
    form.evaluate("form => { form.noValidate = true; }")  # nothing is filled in
    form.dispatch_event("change")
    reaches(lambda: len(held) == 1, shown)
    form.dispatch_event("change")  # waits for the first
    form.locator("button[value='save']").first.focus()
    held[0].continue_()
    reaches(lambda: len(sent) == 2, shown)
    comes_true(shown, "!document.querySelector('.htmx-request')")
    for body in sent:
        assert "act=try" in body
        assert "act=save" not in body


def reaches(condition: Callable[[], bool], shown: Page) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        shown.wait_for_timeout(20)
