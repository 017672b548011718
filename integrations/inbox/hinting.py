"""Hints: a Celery message says that something waits. Lost, late or doubled hints harm nothing: the sweep sees to it."""

import threading
import time
from collections.abc import Callable

import structlog

from integrations.inbox.tasks import announce

log = structlog.get_logger(__name__)

QUIET = 1.0  # seconds between two hints of one process; a drain looks on for longer, so the next is seldom needed
SICK_PAUSE = 5.0  # seconds to leave a broker alone that did not take a hint


class Hinter:
    """Sends hints from a thread of its own, so that a sick broker never slows or fails a request.

    announce: sends one; raises whatever the broker's client does.
    """

    def __init__(self, announce: Callable[[], None]) -> None:
        self.announce = announce
        self.wanted = threading.Event()
        self.starting = threading.Lock()
        self.thread: threading.Thread | None = None

    def hint(self) -> None:
        """Say that something waits; returns at once."""
        self.wanted.set()
        if self.thread is None or not self.thread.is_alive():
            with self.starting:
                if self.thread is None or not self.thread.is_alive():
                    self.thread = threading.Thread(target=self.run, name="hinter", daemon=True)
                    self.thread.start()

    def run(self) -> None:
        while self.wanted.wait():
            self.wanted.clear()
            try:
                self.announce()
            except Exception as error:  # whatever a broker's client may raise: the sweep drains meanwhile
                log.warning("inbox.hint_failed", error=type(error).__name__)
                time.sleep(SICK_PAUSE)
            time.sleep(QUIET)


hint = Hinter(announce).hint
