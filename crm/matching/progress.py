"""How far a whole pass is: on its row, for the pages, and to whoever watches the command."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.db import Error, connection
from django.db.models.functions import Now

from crm.matching.models import Run

log = structlog.get_logger(__name__)
Say = Callable[[str], None]
PAUSE = 1.0  # seconds between two notes
HEART = 5.0  # seconds between two signs of life
STILL = 60  # seconds without one after which a pass is taken for dead


class Progress:
    """Notes where a run is."""

    def __init__(self, run: Run, say: Say) -> None:
        self.run = run
        self.say = say
        self.began_at = time.monotonic()
        self.noted_at = 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began_at

    def stage(self, state: str, total: int = 0) -> None:
        """A new stage begins. total: of what is counted in it, 0 where nothing is.

        A run that is being applied stays so: what it matches once more then is part of that.
        """
        is_again = self.run.state == Run.State.APPLYING and state in Run.UNDER_WAY
        self.run.state = Run.State.APPLYING if is_again else Run.State(state)
        self.run.total, self.run.done = total, 0
        self.note()

    def advance(self, done: int) -> None:
        """So much of the stage is done."""
        self.run.done = done
        if done >= self.run.total or time.monotonic() - self.noted_at >= PAUSE:
            self.note()

    def note(self) -> None:
        self.noted_at = time.monotonic()
        self.run.save(update_fields=["state", "total", "done", "beat_at"])
        counted = f" {self.run.done:,} of {self.run.total:,}" if self.run.total else ""
        self.say(f"{self.seconds:6.1f} s  {self.run.get_state_display()}{counted}")


@contextmanager
def alive(run: Run) -> Iterator[None]:
    """Show signs of life while the block lasts: a stage may take long without a word."""
    done = threading.Event()
    heart = threading.Thread(target=beat_until, args=(run.pk, done), name="heart of a pass", daemon=True)
    heart.start()
    try:
        yield
    finally:
        done.set()
        heart.join()


def beat_until(run_id: int, done: threading.Event) -> None:
    """Beat now and then, on a connection of this thread's own."""
    while not done.wait(HEART):
        try:
            Run.objects.filter(pk=run_id).update(beat_at=Now())
        except Error as error:  # the database is away, which the pass itself will notice
            log.warning("matching.beat_missed", run=run_id, error=type(error).__name__)
        finally:
            connection.close()
