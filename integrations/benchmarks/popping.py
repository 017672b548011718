"""Watching calls pop up: an agent's page in a headless browser, and a call for it every now and then."""

import importlib.util
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Self

import psutil

from crm.stack.yielding import give_way

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
NICE = 10
EVERY = 0.6  # seconds
WATCH = """() => {
    window.seen = {};
    new MutationObserver(() => {
        const cards = document.querySelectorAll("#pops [data-call]");
        for (const card of cards) window.seen[card.dataset.call] ??= Date.now();
    }).observe(document.getElementById("pops"), { childList: true });
}"""


class Popping:
    """Within the block, calls are told of and watched. tell: of (call id, event).

    sent: when each was told, in milliseconds since 1970. Without a browser nothing is told.
    """

    def __init__(self, url: str, cookie: str, tell: Callable[[str, str], None]) -> None:
        self.url, self.cookie, self.tell = url, cookie, tell
        self.sent: dict[str, float] = {}
        self.seen: dict[str, float] = {}
        self.is_ready, self.is_over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.watch, name="watching", daemon=True)

    def __enter__(self) -> Self:
        if importlib.util.find_spec("playwright") and Path(CHROMIUM).exists():
            self.thread.start()
            self.is_ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        if self.thread.is_alive():
            self.thread.join(60)

    def watch(self) -> None:
        """Open an agent's page, and have it called."""
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            stand_back()
            context = browser.new_context(base_url=self.url)
            name, _, value = self.cookie.partition("=")
            context.add_cookies([{"name": name, "value": value, "url": self.url}])
            page = context.new_page()
            with page.expect_response("**/desk/calls/open/"):
                page.goto("/customers/")
            page.evaluate(WATCH)
            self.is_ready.set()
            self.ring(page)
            self.seen = page.evaluate("window.seen")
            browser.close()

    def ring(self, page: Any) -> None:
        for number in count():
            if self.is_over.is_set():
                return
            self.ring_once(page, f"watched-{number}")
            page.wait_for_timeout(200)

    def ring_once(self, page: Any, call_id: str) -> None:
        self.sent[call_id] = 1000 * time.time()
        try:
            self.tell(call_id, "ringing")
            page.wait_for_timeout(1000 * EVERY)
            self.tell(call_id, "ended")
        except OSError:  # the server was killed
            del self.sent[call_id]

    def milliseconds(self, named: Mapping[str, str]) -> list[float]:
        """How long each call took to pop up. named: call ids by public ids."""
        return [at - self.sent[named[one]] for one, at in self.seen.items() if named.get(one) in self.sent]


def stand_back() -> None:
    """Have the browser run when nobody else wants the processor: an agent's is not on the server's machine."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error, OSError):
            if "chrom" in process.name():
                give_way(process.pid, NICE)
