"""Deciding in a real browser, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from crm.matching.models import Review
from crm.matching.tests.factories import two_marshes
from journeys.customers.tests.conftest import Opener
from journeys.tests.waiting import listens

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20_000  # milliseconds: on a busy machine a page takes seconds


def state(review: Review) -> str:
    return Review.objects.get(pk=review.pk).state


def stands(page: Page, address: str) -> None:
    """The page of an address, with its keys at work."""
    expect(page).to_have_url(re.compile(address), timeout=PATIENCE)
    expect(page.get_by_role("button", name="Keys")).to_be_visible(timeout=PATIENCE)
    listens(page)


def test_pairs_are_decided_put_off_and_undone_by_keyboard(open_page: Opener) -> None:
    first, second, third = (two_marshes(value=value) for value in (3.0, 2.0, 1.0))
    page = open_page("/reviews/", "admin")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    stands(page, rf"/reviews/{first.pk}/$")
    expect(page.get_by_text("2 now, 1 then")).to_be_visible()
    page.keyboard.press("s")
    stands(page, rf"/reviews/{second.pk}/\?done={first.pk}$")
    assert state(first) == "same"
    page.keyboard.press("u")
    stands(page, rf"/reviews/{first.pk}/$")
    assert state(first) == "open"
    page.keyboard.press("n")
    stands(page, rf"/reviews/{second.pk}/")
    page.keyboard.press("d")
    stands(page, rf"/reviews/{third.pk}/\?done={second.pk}$")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Give back")).to_be_visible(timeout=PATIENCE)
    stands(page, rf"/reviews/{third.pk}/$")
    page.keyboard.press("l")
    expect(page.get_by_role("status").filter(has_text="Put off until")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("2 now, 1 then")).to_be_visible()  # nothing is under way any more
    assert [state(one) for one in (first, second, third)] == ["open", "different", "open"]


def test_the_keys_are_no_letters_while_one_writes_and_can_be_switched_off(open_page: Opener) -> None:
    review = two_marshes()
    page = open_page(f"/reviews/{review.pk}/", "admin")
    page.get_by_text("With a note").click()
    page.get_by_label("Why (for the log").press_sequentially("said so")
    page.get_by_role("button", name="Keys").click()
    page.keyboard.press("s")
    page.wait_for_timeout(300)
    assert state(review) == "open"
    page.reload()
    expect(page.get_by_role("button", name="Keys")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Keys").click()
    page.keyboard.press("s")
    expect(page.get_by_text("is one customer now")).to_be_visible()


def test_the_obvious_are_ticked_and_decided_at_once(open_page: Opener) -> None:
    reviews = [two_marshes() for _ in range(3)]
    page = open_page("/reviews/", "admin")
    page.get_by_label("All on this page").check()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="Same person …").click()
    page.get_by_role("button", name="Merge 2 pairs").click()
    expect(page.get_by_role("status").filter(has_text="2 pairs decided: the same person.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: 2 pairs are open again.")).to_be_visible()
    assert {state(one) for one in reviews} == {"open"}
