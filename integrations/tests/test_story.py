"""The whole story, in real browsers on the running stack: from a click on an advert to the sale on the journey."""

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from segment.analytics.client import Client

from crm.stack.throwaway import Stack
from integrations.segment.tests.listening import serving
from integrations.segment.tests.test_browser import FLAGS, site_of
from integrations.telephony.signing import signature
from integrations.tests.test_live import eventually
from journeys.tests.waiting import listens

PASSWORD = "a long pass phrase"
PATIENCE = 20_000  # ms
MOST_TABS = 60
OURS = "+441632960999"  # no tracking number
PAGES = {
    "index": "Winter sun",
    "bahamas/index": "Bahamas holidays",
    "bahamas/atlantis": "Bahamas, Atlantis rooms",
    "bahamas/quote": "Your quote, Bahamas",
}
SITE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>
<nav>{links}</nav><p>Ring <a id="line" href="tel:+441632960000" data-tracking-number>01632 960000</a></p>
<button id="agree">Agree</button>
<script src="{script}" data-consent="required"></script>
<script>agree.onclick = () => throughline.consent(true)</script></html>"""
# A company whose calls about the Bahamas have a queue of their own; what it connects is told as JSON, a line each.
COMPANY = """
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from journeys.calls.models import Agent, Queue, RoutingRule
user = User.objects.create_user("{name}", password="{password}", first_name="Priya", last_name="Shah")
user.groups.add(Group.objects.get_or_create(name="agent")[0])
queue = Queue.objects.create(name="{name}", label="Bahamas {name}")
Agent.objects.create(user=user, extension="{name}", presence="ready").queues.add(queue)
RoutingRule.objects.create(position=1, name="{name}", queue=queue, is_live=True,
    conditions=[{{"fact": "pages", "about": "bahamas", "is": "at least", "value": 2}}])
call_command("add_source", "segment", "{name}", "--country", "GB", "--json")
call_command("add_source", "telephony", "{name}-pbx", "--country", "GB", "--json")
call_command("add_source", "segment", "{name}-crm", "--country", "GB", "--trusted", "--json")
call_command("set_numbers", "{name}", "{number}", "--fallback", "+441632960000", "--json")
"""


@dataclass(frozen=True)
class Shop:
    """A company on the running stack: its site, its phone system, its agent, and people who share landlines.

    name: of the agent, their extension and their queue. number: shown to visitors. lines: each of two people.
    """

    stack: Stack
    site: str
    name: str
    pbx: dict[str, Any]
    number: str
    lines: tuple[str, str]

    def tell(self, event: str, **more: Any) -> dict[str, Any]:
        """What the phone system says, signed."""
        body = orjson.dumps({"event": event, "from": self.lines[0], "to": self.number} | more)
        sent = str(int(time.time()))
        headers = {
            "x-throughline-timestamp": sent, "x-throughline-signature": signature(self.pbx["secret"], sent, body),
        }  # fmt: skip
        answer: dict[str, Any] = httpx.post(self.stack.url + self.pbx["endpoint"], content=body, headers=headers).json()
        return answer

    def door_knows_the_team(self) -> bool:
        """Whether the door has read its queues and numbers anew, as it does every few seconds."""
        probe = f"probe-{secrets.token_hex(4)}"
        answer = self.tell("ringing", call_id=probe, to=OURS, queue=self.name)
        self.tell("ended", call_id=probe, to=OURS)
        return bool(answer["queue"] == self.name)

    def is_known(self, visitor: str) -> bool:
        """Whether routing knows already what the visitor gave up."""
        asked = (
            "SELECT 1 FROM journeys_known k JOIN crm_identifier i ON i.customer_id = k.customer_id "
            "WHERE i.value = %s AND k.facts ? 'abandoned'"
        )
        return bool(self.stack.ask(asked, visitor))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def shop(live_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    name, digits = f"s{secrets.token_hex(4)}", 100_000 + secrets.randbelow(800_000)
    number, lines = f"+441632{digits}", (f"+4420794{digits % 90_000 + 10_000}", f"+4420793{digits % 90_000 + 10_000}")
    made = live_stack.manage("shell", "-c", COMPANY.format(name=name, password=PASSWORD, number=number))
    assert made.returncode == 0, made.stderr
    source, pbx, crm = (orjson.loads(told) for told in made.stdout.splitlines()[-4:-1])
    for line in lines:
        household(live_stack, crm, line)
    shared = "SELECT count(*) = 2 FROM crm_identifier WHERE value = ANY(%s) AND shared <> ''"
    eventually(lambda: live_stack.ask(shared, list(lines))[0][0])
    folder = tmp_path_factory.mktemp("shop")
    script = f"{live_stack.url}/t/{source['write_key']}.js"
    links = " ".join(f'<a href="/{page}.html">{title}</a>' for page, title in PAGES.items())
    for page, title in PAGES.items():
        (folder / page).parent.mkdir(exist_ok=True)
        (folder / f"{page}.html").write_text(SITE.format(title=title, links=links, script=script))
    with serving(site_of(folder)) as address:
        found = Shop(live_stack, address, name, pbx, number, lines)
        eventually(found.door_knows_the_team)
        yield found


def household(stack: Stack, crm: dict[str, Any], line: str) -> None:
    """Two customers who are known by the landline that they share."""
    client = Client(crm["write_key"], host=stack.url, sync_mode=True)
    for given in ("Grace", "Samuel"):
        told = {
            "firstName": given,
            "lastName": "Okafor",
            "phone": line,
            "email": f"{given.lower()}.{line[-6:]}@okafor.example",
        }
        client.identify(user_id=f"{given}-{line}", traits=told)


@pytest.fixture
def desk(browser: Browser, shop: Shop) -> Iterator[Page]:
    """The agent, signed in, looking for somebody."""
    context = browser.new_context(base_url=shop.stack.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/sign-in/?next=/customers/")
    page.get_by_label("Name", exact=True).fill(shop.name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    with page.expect_response("**/desk/calls/open/"):
        page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/customers/$"))
    page.get_by_role("searchbox").first.focus()
    yield page
    context.close()


def browse(browser: Browser, shop: Shop) -> str:
    """A visitor comes by an advert, agrees, looks around, and gives up at the quote; returns their anonymous id."""
    page = browser.new_page()
    page.goto(f"{shop.site}/index.html?utm_source=google&utm_campaign=Winter+sun&gclid=Cj0")
    expect(page.locator("#line")).to_have_text("01632 960000")
    page.get_by_role("button", name="Agree").click()
    shown = f"tel:{shop.number}"
    for title in list(PAGES.values())[1:]:
        expect(page.locator("#line")).to_have_attribute("href", shown, timeout=PATIENCE)
        page.get_by_role("link", name=title, exact=True).click()
        expect(page).to_have_title(title)
    expect(page.locator("#line")).to_have_attribute("href", shown, timeout=PATIENCE)
    visitor = str(page.evaluate("throughline.visitor()"))
    eventually(lambda: shop.is_known(visitor))
    page.close()
    return visitor


def test_from_the_advert_to_the_sale(browser: Browser, shop: Shop, desk: Page) -> None:
    browse(browser, shop)
    answer = shop.tell("ringing", call_id="c-1")
    assert answer["queue"] == shop.name
    assert "3 Bahamas pages in 3 days" in answer["reason"]
    card = desk.locator("[data-call]")
    expect(card).to_contain_text("is waiting in Bahamas")
    assert desk.evaluate("document.activeElement.type") == "search"
    expect(desk.locator("#calls-said")).to_contain_text("Incoming call")
    card.get_by_role("link", name="Open").click()
    tells_of_the_visit_with_tact(desk)
    expect(desk.get_by_role("heading", name="Who is it?")).to_be_visible()
    assert "okafor.example" not in desk.content()
    desk.get_by_role("button", name="Grace Okafor").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Grace Okafor")
    expect(desk.locator("body")).to_contain_text(f"grace.{shop.lines[0][-6:]}@okafor.example")
    tells_of_the_visit_with_tact(desk)
    talk(shop, desk, "c-1")
    desk.get_by_label("Why they rang").select_option(index=1)
    desk.get_by_label("What became of it").select_option("sold")
    desk.locator("summary", has_text="Sale").click()
    desk.get_by_label("Value").fill("3180")
    desk.get_by_role("button", name="Finish").click()
    expect(desk.locator(".said-back")).to_contain_text("Wrapped up")
    expect(desk.locator("[data-presence]")).to_have_text("Ready")
    desk.get_by_role("link", name="Customers", exact=True).click()
    desk.get_by_role("searchbox").first.fill("grace okafor")
    desk.get_by_role("link", name="Grace Okafor").first.click()
    shows_the_journey(desk)


def tells_of_the_visit_with_tact(page: Page) -> None:
    """The quote given up stands in the brief, is only to know, and what is to be said does not give it away."""
    fact = page.locator(".brief li", has_text="Probably a quote that they did not finish: Bahamas")
    expect(fact.locator(".tact")).to_contain_text("Only to know.")
    assert "quote" not in fact.locator(".tact").inner_text().casefold()
    assert "you may say it" not in fact.inner_text()


def talk(shop: Shop, page: Page, call_id: str) -> None:
    """The call is answered, and ended."""
    shop.tell("answered", call_id=call_id, agent=shop.name)
    expect(page.locator("[data-presence]")).to_have_text("On a call")
    shop.tell("ended", call_id=call_id, duration=42)
    expect(page.locator("[data-presence]")).to_have_text("Wrapping up")


def shows_the_journey(page: Page) -> None:
    """Everything that happened, the newest first, and within the visit in its order."""
    journey = page.locator("#entries")
    expect(journey).to_contain_text("3,180.00")
    expect(journey).to_contain_text("left at Your quote, Bahamas")
    told = journey.inner_text()
    places = [told.index(word) for word in ("3,180.00", "Call in", "Winter sun")]
    assert places == sorted(places)
    page.locator("#entries details.visit summary").first.click()
    steps = page.locator("#entries ol.steps li")
    expect(steps).to_have_text([re.compile(title) for title in PAGES.values()])


def test_from_the_pop_to_the_wrap_up_without_a_mouse(shop: Shop, desk: Page) -> None:
    shop.tell("ringing", call_id="c-2", to=OURS, agent=shop.name, **{"from": shop.lines[1]})
    expect(desk.locator("[data-call]")).to_contain_text("One of 2 who may be calling is calling")
    listens(desk)
    desk.keyboard.press("Control+k")
    desk.keyboard.type("open the call")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Who is it?")).to_be_visible()
    listens(desk)
    desk.keyboard.press("2")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Samuel Okafor")
    listens(desk)
    talk(shop, desk, "c-2")
    desk.keyboard.press("w")
    desk.keyboard.press("ArrowDown")
    tab_to(desk, "outcome")
    desk.keyboard.type("Solved")
    tab_to(desk, "note")
    desk.keyboard.type("Wanted to know when it opens")
    tab_to(desk, "Finish")
    desk.keyboard.press("Enter")
    expect(desk.locator(".said-back")).to_contain_text("Wrapped up")


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what has this name or these words."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || document.activeElement.innerText").strip() == words:
            return
    raise AssertionError(f"{words!r} cannot be reached by Tab")
