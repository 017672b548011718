"""Locks on files of the data folder: they end with the process that holds them, however it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Taken(Exception):
    """Somebody else holds the lock. `note` is what the holder wrote into it."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


@contextmanager
def held(path: Path, *, wait: bool = True, shared: bool = False) -> Iterator[IO[str]]:
    """Hold a lock; yields its file. Raises Taken when wait is False and somebody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        acquire(file, wait=wait, shared=shared)
        yield file


def acquire(file: IO[str], *, wait: bool = True, shared: bool = False) -> None:
    """Lock an open file, or change how it is locked."""
    flags = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(file, flags)
    except BlockingIOError:
        file.seek(0)
        raise Taken(file.read().strip()) from None


def is_taken(path: Path) -> bool:
    """Whether somebody holds this lock for themselves."""
    try:
        with held(path, wait=False, shared=True):
            return False
    except Taken:
        return True


def write_note(file: IO[str], note: str) -> None:
    """Tell others who holds the lock."""
    file.truncate(0)
    file.write(note)
    file.flush()
