"""Asking the worker whether it is there, without ever waiting for a sick broker."""

import threading
import time

import structlog

from crm.stack import beats, tasks

log = structlog.get_logger(__name__)
EXPIRES = 60  # seconds; an old question is worth nothing


class Asker:
    """Asks at most every few seconds, one question at a time, in a thread that nobody waits for."""

    def __init__(self, pause: float = beats.PAUSE) -> None:
        self.pause = pause
        self.asked_at = float("-inf")
        self.thread: threading.Thread | None = None

    def ask(self) -> None:
        """Ask, unless that was done a moment ago or the last question is still on its way to the broker."""
        now = time.monotonic()
        if now - self.asked_at < self.pause or (self.thread and self.thread.is_alive()):
            return
        self.asked_at = now
        self.thread = threading.Thread(target=send, name="ask-worker", daemon=True)
        self.thread.start()


def send() -> None:
    """Send the question; a broker that refuses it is logged, and asked again at the next occasion."""
    try:
        tasks.answer.apply_async(retry=False, expires=EXPIRES)
    except Exception as error:  # whatever the broker's library raises: the part stays unanswered, which shows
        log.warning("stack.broker_refused", error=type(error).__name__)
