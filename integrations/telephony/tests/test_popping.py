"""A call pops up on the agent's screen: in a real browser, on whatever page they are."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from crm.sources.models import Source
from integrations.inbox.tests.test_browser import FLAGS
from integrations.telephony.tests.ringing import LINE, phone_system, said, signed
from journeys.calls.models import Agent, Queue, RoutingRule
from journeys.interactions.drafts import Seen
from journeys.tests.factories import ANNA, LANDLINE, TOM, identify, recorded, user
from journeys.tests.factories import source as made_source
from journeys.tests.serving import Served, served

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def team() -> tuple[Agent, Agent]:
    """Two agents who are ready, and a rule by which calls go to the first."""
    general = Queue.objects.create(name="general", label="General", is_default=True)
    made = [
        Agent.objects.create(user=user("agent", name), extension=number, presence="ready")
        for name, number in (("priya", "204"), ("tom", "205"))
    ]
    for one in made:
        one.queues.add(general)
    RoutingRule.objects.create(position=1, name="all", agent=made[0], next_queue=general, is_live=True)
    return made[0], made[1]


def session_of(agent: Agent) -> str:
    client = Client()
    client.force_login(agent.user)
    return str(client.cookies["sessionid"].value)


def context_of(browser: Any, server: Served, session: str) -> BrowserContext:
    context: BrowserContext = browser.new_context(base_url=server.url)
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
    return context


def tell(server: Served, pbx: Source, call_id: str, event: str = "ringing", **more: Any) -> dict[str, Any]:
    body = orjson.dumps(said(call_id, event, **more))
    answer = httpx.post(server.url + pbx.endpoint, content=body, headers=signed(pbx, body))
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def screens() -> Iterator[tuple[Served, Source, list[Page]]]:
    """A server, its phone system, two tabs of one agent and the tab of another."""
    pbx, sessions = phone_system(), [session_of(one) for one in team()]
    people = [identify(NOON, Seen("login", "4711"), Seen("phone", LINE), **ANNA)]
    people += [
        identify(NOON, Seen("login", "11"), LANDLINE, **ANNA),
        identify(NOON, Seen("login", "12"), LANDLINE, **TOM),
    ]
    recorded(people, made_source(is_trusted=True))
    with served() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        hers, his = (context_of(browser, server, session) for session in sessions)
        pages = [hers.new_page(), hers.new_page(), his.new_page()]
        for one in pages:
            with one.expect_response("**/desk/calls/open/"):
                one.goto("/customers/")
        yield server, pbx, pages
        browser.close()


def test_a_call_pops_up_once_where_the_agent_looks_and_takes_no_focus(screens: Any) -> None:
    server, pbx, (first, second, other) = screens
    second.bring_to_front()
    second.get_by_role("searchbox").first.focus()
    tell(server, pbx, "c-1")
    card = second.locator("[data-call]")
    expect(card).to_contain_text("Anna Whitfield is calling from 07700 900142")
    expect(card).to_contain_text("every call: priya")
    assert first.locator("[data-call]").count() == other.locator("[data-call]").count() == 0
    assert second.evaluate("document.activeElement.type") == "search"
    expect(second.locator("#calls-said")).to_have_text("Incoming call: Anna Whitfield")
    address = f"/desk/calls/{card.get_attribute('data-call')}/"
    expect(card.get_by_role("link", name="Open")).to_have_attribute("href", address)
    second.close()
    expect(first.locator("[data-call]")).to_contain_text("Anna Whitfield")
    tell(server, pbx, "c-1", "answered", agent="204")
    expect(first.locator("[data-presence]")).to_have_text("On a call")
    tell(server, pbx, "c-1", "ended", duration=5)
    expect(first.locator("[data-call]")).to_have_count(0)
    expect(first.locator("[data-presence]")).to_have_text("Wrapping up")


def test_a_shared_line_names_nobody_and_a_queue_asks_everybody_who_is_ready(screens: Any) -> None:
    server, pbx, (first, _, other) = screens
    first.locator(".presence-menu summary").click()
    first.get_by_role("button", name="Away").click()
    expect(first.locator("[data-presence]")).to_have_text("Away")
    tell(server, pbx, "c-2", line="+442920180142")
    expect(other.locator("[data-call]")).to_contain_text("One of 2 who may be calling is waiting in General")
    assert "Whitfield" not in other.locator("#pops").inner_text()
    assert first.locator("[data-call]").count() == 0
    other.get_by_role("button", name="Hide").click()
    expect(other.locator("[data-call]")).to_have_count(0)


def test_who_was_cut_off_catches_up(screens: Any) -> None:
    server, pbx, (first, second, _) = screens
    first.close()
    second.context.set_offline(True)
    tell(server, pbx, "c-3")
    second.context.set_offline(False)
    second.reload()
    expect(second.locator("[data-call]")).to_contain_text("Anna Whitfield")
