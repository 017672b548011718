"""The desk in a real browser, by keyboard alone: the palette, the letters, the sheet, who is calling, wrapping up."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from crm.identity.models import Identifier
from journeys.attribution.models import Conversion
from journeys.customers.tests.conftest import Opener
from journeys.desk.tests.factories import HOME, anna, ringing, ringing_at_home, words
from journeys.interactions.models import Interaction
from journeys.tests.waiting import listens

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_call_from_a_shared_line_is_taken_to_its_end_without_a_mouse(open_page: Opener) -> None:
    words()
    made = ringing_at_home()
    page = open_page(f"/desk/calls/{made.public_id}/")
    expect(page.get_by_text("Several people use this line")).to_be_visible()
    listens(page)
    page.keyboard.press("1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Whitfield")
    listens(page)
    page.keyboard.press("w")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Took the sea view")
    expect(page.locator("#draft-state")).to_have_text("Draft kept")
    page.reload()
    expect(page.get_by_label("Note", exact=True)).to_have_value("Took the sea view")
    page.locator("summary", has_text="Sale").press("Enter")
    page.get_by_label("Value").fill("3180")
    listens(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("finish the")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/desk/$"))
    said = Interaction.objects.get(key=made.call_id)
    assert said.via == Identifier.objects.get(value=HOME)
    assert Conversion.objects.get().interaction == said


def test_the_palette_finds_customers_and_letters_can_be_switched_off(open_page: Opener) -> None:
    customer = anna()
    made = ringing(customer=customer, rang_at=datetime.now(UTC))
    page = open_page("/desk/")
    listens(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("whitf")
    expect(page.get_by_role("option").first).to_contain_text("Whitfield")
    page.keyboard.type("ield anna")
    expect(page.get_by_role("option").first).to_contain_text("Anna Whitfield")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/desk/customers/{customer.public_id}/$"))
    page.goto(page.url.replace(f"customers/{customer.public_id}", f"calls/{made.public_id}"))
    listens(page)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Wrap up")
    page.get_by_role("button", name="Switch single keys off").press("Enter")
    expect(page.locator("body")).to_have_attribute("data-keys", "off")
    listens(page)
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.keyboard.press("w")
    assert page.url.endswith(f"/desk/calls/{made.public_id}/")
    page.keyboard.press("?")
    expect(page.get_by_role("button", name="Switch single keys on")).to_be_visible()
