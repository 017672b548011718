"""The screens in a real browser: searching as one types, filters and the way back, endless scrolling, live updates."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from crm.identity.models import Customer
from journeys.customers.tests.conftest import Opener
from journeys.interactions.drafts import Channel, Draft, Seen
from journeys.interactions.models import Interaction
from journeys.tests.factories import ANNAS_EMAIL, ANNAS_PHONE, annas_journey, call, customer_of, mail, recorded, source

pytestmark = pytest.mark.django_db(transaction=True)


def anna() -> Customer:
    return annas_journey(datetime.now(UTC) - timedelta(hours=1))


def lines(page: Page, look: str = "") -> int:
    return page.locator(f"#entries .it{look}").count()


def test_customers_are_found_as_one_types_and_opened_without_a_mouse(open_page: Opener) -> None:
    anna()
    page = open_page("/customers/")
    page.keyboard.press("/")
    page.keyboard.type("07700 9001", delay=20)
    expect(page.locator("#found")).to_contain_text("1 match")
    expect(page).to_have_url(re.compile(r"\?q=07700"))
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.closest('.people') !== null"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Whitfield")


def test_filters_stand_in_the_address_and_the_way_back_works(open_page: Opener) -> None:
    customer = anna()
    page = open_page(f"/customers/{customer.public_id}/")
    everything = lines(page)
    page.get_by_role("button", name="Calls").click()
    expect(page.get_by_role("button", name="Calls")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"\?channel=call$"))
    assert lines(page) == lines(page, ".call") == 2
    page.get_by_label("Search in this journey").fill("sea view")
    expect(page).to_have_url(re.compile(r"channel=call&text=sea\+view$"))
    expect(page.locator("#entries .it")).to_have_count(1)
    expect(page.get_by_label("Search in this journey")).to_be_focused()
    page.go_back()
    expect(page.locator("#entries .it")).to_have_count(2)
    page.wait_for_load_state()
    page.go_back()
    expect(page.locator("#entries .it")).to_have_count(everything)
    expect(page.get_by_role("button", name="All", exact=True)).to_have_attribute("aria-pressed", "true")


def test_the_filters_behind_more_narrow_the_journey_as_they_are_picked(open_page: Opener) -> None:
    customer = anna()
    page = open_page(f"/customers/{customer.public_id}/")
    page.locator("#further > summary").click()
    page.get_by_label("Direction").select_option("out")
    expect(page.locator("#entries .it")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?direction=out$"))
    page.get_by_label("Direction").select_option("")
    page.get_by_label("Source").select_option("Instagram")
    expect(page.locator("#entries .it.social")).to_have_count(1)


def test_a_long_journey_goes_on_while_one_scrolls(open_page: Opener) -> None:
    start = datetime.now(UTC) - timedelta(days=30)
    recorded([mail(start + timedelta(hours=n), f"Mail {n}", "Hello") for n in range(130)])
    page = open_page(f"/customers/{customer_of('email', ANNAS_EMAIL.value).public_id}/")
    assert lines(page) == 25
    for _ in range(20):
        page.mouse.wheel(0, 6000)
        page.wait_for_timeout(100)
        if lines(page) == 130:
            break
    expect(page.locator("#entries .it")).to_have_count(130)
    expect(page.locator("#next")).to_have_count(0)


def test_a_visit_opens_into_its_steps(open_page: Opener) -> None:
    page = open_page(f"/customers/{anna().public_id}/")
    page.locator("details.visit summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.visit").first).to_contain_text("Atlantis, Paradise Island, rooms")


def test_new_interactions_appear_by_themselves_and_what_is_open_stays_open(open_page: Opener) -> None:
    customer = anna()
    page = open_page(f"/customers/{customer.public_id}/")
    expect(page.locator("#live-state")).to_have_attribute("data-state", "on")
    before = lines(page)
    page.locator("details.visit summary").first.click()
    expect(page.locator("details.visit").first).to_contain_text("Bahamas holidays")
    recorded([mail(datetime.now(UTC), "One more question", "Is breakfast included?")])
    expect(page.locator("#entries .it")).to_have_count(before + 1)
    expect(page.locator("#entries .it").first).to_contain_text("One more question")
    expect(page.locator("#announce")).to_have_text("1 new interaction")
    expect(page.locator("details.visit").first).to_contain_text("Bahamas holidays")


def test_a_call_that_rings_changes_in_place_when_it_is_answered(open_page: Opener) -> None:
    customer, now, line = anna(), datetime.now(UTC), source("phone line")
    page = open_page(f"/customers/{customer.public_id}/")
    expect(page.locator("#live-state")).to_have_attribute("data-state", "on")

    def part(name: str, **data: object) -> Draft:
        return Draft("CA-now", Channel.CALL, "call", now, (ANNAS_PHONE,), "in", "Call in", part=name, data=data)

    recorded([part("ringing", status="ringing")], line)
    expect(page.locator("#entries .it").first).to_contain_text("Ringing")
    recorded([part("completed", status="completed", duration=61)], line)
    expect(page.locator("#entries .it").first).to_contain_text("Call in, 1 min 1 s")
    assert page.locator("#entries .it", has_text="Ringing").count() == 0


def test_a_filtered_journey_shows_only_what_fits_as_it_comes(open_page: Opener) -> None:
    customer = anna()
    page = open_page(f"/customers/{customer.public_id}/?channel=call")
    expect(page.locator("#live-state")).to_have_attribute("data-state", "on")
    recorded([mail(datetime.now(UTC), "Not a call", ""), call(datetime.now(UTC))])
    expect(page.locator("#entries .it")).to_have_count(3)
    assert page.locator("#entries", has_text="Not a call").count() == 0


def test_a_journey_that_was_jumped_into_does_not_move(open_page: Opener) -> None:
    customer = anna()
    page = open_page(f"/customers/{customer.public_id}/?on={datetime.now(UTC) - timedelta(days=10):%Y-%m-%d}")
    count = lines(page)
    recorded([call(datetime.now(UTC))])
    page.wait_for_timeout(1500)
    assert lines(page) == count
    page.get_by_role("link", name="Back to the newest").click()
    expect(page.locator("#entries .it.call").first).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_its_window_without_complaints(open_page: Opener, width: int, scheme: str) -> None:
    customer = anna()
    endless = Seen("email", "a" * 60 + "@" + "long-name." * 8 + "example.com")
    recorded([mail(datetime.now(UTC), "W" * 300, "https://example.com/" + "x" * 900, endless, ANNAS_EMAIL)])
    said = Interaction.objects.get(channel="social")
    page = open_page("/customers/", role="admin", width=width, scheme=scheme)
    base = page.url.removesuffix("/customers/")
    for path in (
        f"/customers/{customer.public_id}/",
        f"/interactions/{said.pk}/",
        "/customers/?q=anna",
        "/customers/?q=zz",
    ):
        page.goto(base + path)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, (path, overflow)


def test_the_admin_works_under_its_own_policy(open_page: Opener) -> None:
    anna()
    page = open_page("/admin/crm/identifier/", role="admin")
    expect(page.get_by_role("link", name="Customers").first).to_be_visible()
    page.get_by_role("link", name="Customers").first.click()
    page.get_by_text("Manage", exact=True).click()
    expect(page.get_by_role("link", name="Admin logins")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_an_admins_menu_is_opened_used_and_closed_by_keyboard(open_page: Opener, width: int) -> None:
    page = open_page("/reviews/", "admin", width=width)
    menu, entry = page.get_by_text("Manage", exact=True), page.get_by_role("link", name="Identity log")
    menu.focus()
    page.keyboard.press("Enter")
    expect(entry).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("Find a customer", exact=True).focus()
    expect(entry).to_be_hidden()
    menu.click()
    entry.click()
    expect(page.get_by_role("heading", name="Identity log")).to_be_visible()


def test_an_admins_bar_holds_all_of_it(open_page: Opener) -> None:
    page = open_page("/reviews/", "admin")
    bar = page.locator("header.bar")
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth && bar.clientHeight < 60")
    assert page.locator("header.bar nav").evaluate("nav => nav.scrollWidth <= nav.clientWidth")
