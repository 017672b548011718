"""The README's pictures: the hero's journey and the desk, as an agent sees them. `make screenshot` makes them anew."""

import os
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from crm.stack.throwaway import Stack

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
MAKE_AGENT = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user("photographer", password="of-the-test-only")
user.groups.add(Group.objects.get_or_create(name="agent")[0])
"""


def sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/customers/")
    page.fill("[name=username]", "photographer")
    page.fill("[name=password]", "of-the-test-only")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=By last contact")


def test_the_demonstration_can_be_pictured(live_stack: Stack, tmp_path: Path) -> None:
    assert live_stack.manage("demo", "--customers", "60").returncode == 0
    live_stack.manage("shell", "--no-imports", "--command", MAKE_AGENT)
    target = Path(os.environ.get("SCREENSHOTS", tmp_path)) / "customer.png"
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        sign_in(page, live_stack)
        page.goto(f"{live_stack.url}/customers/?q=Anna+Whitfield")
        page.goto(live_stack.url + str(page.get_attribute("main a:has-text('Anna Whitfield')", "href")))
        page.wait_for_selector("h1:has-text('Anna Whitfield')")
        page.wait_for_timeout(500)
        page.screenshot(path=target)
        page.goto(page.url.replace("/customers/", "/desk/customers/"))
        page.wait_for_selector("h2:has-text('In brief')")
        page.wait_for_timeout(500)
        page.screenshot(path=target.with_name("desk.png"))
        browser.close()
    assert target.stat().st_size > 50_000
    assert target.with_name("desk.png").stat().st_size > 50_000
