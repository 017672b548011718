"""Waiting for a page in a real browser, under our own Content-Security-Policy.

Playwright's wait_for_function evaluates its text again at each look, which a policy without `unsafe-eval` forbids from
the second look on: it passes where the first look succeeds, and fails on a slow machine.
"""

import time

from playwright.sync_api import Page

PATIENCE = 20.0  # seconds: on a busy machine a page takes some
PAINTED = "() => performance.getEntriesByType('paint').length > 0"


def comes_true(page: Page, expression: str, patience: float = PATIENCE) -> None:
    """Wait until a JavaScript expression or function is true; AssertionError after a number of seconds."""
    until = time.monotonic() + patience
    while not page.evaluate(expression):
        assert time.monotonic() < until, f"not true within {patience:g} s: {expression}"
        page.wait_for_timeout(50)


def listens(page: Page) -> None:
    """Wait until a page takes keys: its scripts have run, and Chromium, which drops keys before, has painted it."""
    page.wait_for_load_state()
    comes_true(page, PAINTED)
