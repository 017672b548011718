"""A process of its own, as a worker is, that is killed while it works: it cleans nothing up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

from django.db import connections

LIMIT = 30.0  # seconds; a slow machine is no finding


@contextmanager
def worker(act: Callable[[], object]) -> Iterator[BaseProcess]:
    """Someone who does that on the same database. For tests that commit: it sees nothing else."""
    process = get_context("fork").Process(target=alone, args=(act,), daemon=True)
    process.start()
    try:
        yield process
    finally:
        kill(process)


def alone(act: Callable[[], object]) -> None:
    """Do it with a connection of its own: the parent's is only forgotten, not ended."""
    for one in connections.all():
        one.connection = None
    act()


def kill(process: BaseProcess) -> None:
    """SIGKILL, and nothing is left of it."""
    process.kill()
    process.join(LIMIT)
