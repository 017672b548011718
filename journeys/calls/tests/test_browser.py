"""Routing and the queues in a real browser: by keyboard, and kept up to date without being asked."""

import time

import pytest
from playwright.sync_api import Page, Route, expect

from crm.live import announce
from journeys.calls.models import Agent, Queue, RoutingRule
from journeys.customers.tests.conftest import Opener
from journeys.desk.tests.factories import ringing
from journeys.tests.factories import user
from journeys.tests.waiting import PATIENCE, listens

pytestmark = pytest.mark.django_db(transaction=True)
OFTEN = [{"fact": "calls", "is": "at least", "value": "3"}]


def test_rules_are_moved_and_switched_by_keyboard_and_the_focus_stays(open_page: Opener) -> None:
    queue = Queue.objects.create(name="general", label="General", is_default=True)
    first, second = (
        RoutingRule.objects.create(name=name, position=place, conditions=OFTEN, queue=queue)
        for place, name in enumerate(("First", "Second"), 1)
    )
    page = open_page("/routing/", role="admin")
    listens(page)
    page.locator(f"#up-{second.pk}").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rules tbody tr").first).to_contain_text("Second")
    expect(page.locator(f"#up-{second.pk}")).to_be_focused()
    page.locator(f"#live-{first.pk}").press("Enter")
    expect(page.locator(f"#live-{first.pk}")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Switched the rule First from off to live")).to_be_visible()


def nth(page: Page, held: list[Route], number: int) -> Route:
    """A request that is held, waited for: the page says that it asks before the browser has."""
    until = time.monotonic() + PATIENCE
    while len(held) <= number:
        assert time.monotonic() < until, "nothing was asked"
        page.wait_for_timeout(20)
    return held[number]


def test_it_says_that_last_weeks_calls_are_being_decided_until_they_are(open_page: Opener) -> None:
    queue = Queue.objects.create(name="general", label="General", is_default=True)
    RoutingRule.objects.create(name="Often", position=1, conditions=OFTEN, queue=queue, is_shadow=True)
    page = open_page("/routing/", role="admin")
    held: list[Route] = []
    page.route("**/routing/shadow/", lambda route: held.append(route))
    page.reload()
    expect(page.get_by_role("progressbar", name="Last week’s calls are being decided again")).to_be_visible()
    place = page.locator("[aria-live]", has=page.get_by_role("progressbar"))
    place.evaluate("one => { one.id = 'same-place'; }")
    nth(page, held, 0).continue_()
    expect(page.locator("#same-place")).to_contain_text("0 would go elsewhere")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.unroute("**/routing/shadow/")
    page.get_by_role("link", name="Often").click()
    listens(page)
    page.route("**/routing/*/", lambda route: held.append(route))
    page.get_by_label("Name", exact=True).fill("Very often")
    page.get_by_label("Name", exact=True).press("Tab")
    expect(page.get_by_text("Working out what it would change")).to_be_visible()
    nth(page, held, 1).continue_()
    expect(page.locator("#tried")).to_contain_text("0 would go elsewhere")
    expect(page.get_by_text("Working out what it would change")).to_be_hidden()


def test_a_rule_is_tried_while_it_is_edited_and_before_it_is_saved(open_page: Opener) -> None:
    care = Queue.objects.create(name="care", label="Customer care")
    ringing(facts={"calls": 4})
    page = open_page("/routing/0/", role="admin")
    page.get_by_label("Name", exact=True).fill("Calls often")
    page.get_by_label("Send calls to").select_option(f"queue:{care.pk}")
    page.get_by_label("Condition 1", exact=True).select_option("calls")
    page.get_by_label("Value, of condition 1").fill("3")
    page.get_by_label("Value, of condition 1").press("Tab")
    expect(page.locator("#tried")).to_contain_text("1 would go elsewhere")
    assert not RoutingRule.objects.exists()


def test_the_board_shows_a_call_and_a_presence_by_itself(open_page: Opener) -> None:
    queue = Queue.objects.create(name="bahamas", label="Bahamas", is_default=True)
    agent = Agent.objects.create(user=user("agent", "priya"), presence="ready")
    agent.queues.add(queue)
    page = open_page("/queues/", role="admin")
    expect(page.locator("#board-state")).to_contain_text("Kept up to date")
    ringing()
    announce("calls")
    expect(page.get_by_role("link", name="Somebody new")).to_be_visible()
    page.locator(f"#away-{agent.pk}").press("Enter")
    expect(page.locator("#board")).to_contain_text("0 ready")
    assert Agent.objects.get().presence == "away"
