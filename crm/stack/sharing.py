"""The embedded server for as long as commands need one: the first starts it, the last stops it.

Every command holds a shared lock on `database.users` while it uses the server; `database.lock` keeps two of them
from starting or stopping it at once; `up.lock` says that `manage.py up` runs a server of its own.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

import psycopg
from django.conf import settings
from django.db import connections

from crm.stack import embedded, locks, owning, server

NEEDS_NO_DATABASE = {
    "",
    "--help",
    "--version",
    "check",
    "benchmark",  # it runs on a database of its own
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "startapp",
    "up",
    "version",
}
UP_PATIENCE = 30.0  # seconds; `up` restarts a server that died within this


@contextmanager
def database_for(argv: Sequence[str]) -> Iterator[None]:
    """Have a database answer while the command in argv runs, when the embedded one is used and is needed."""
    command = argv[1] if len(argv) > 1 else ""
    if settings.DATABASE_URL or command in NEEDS_NO_DATABASE or {"--help", "-h"} & set(argv):
        yield
        return
    signal.signal(signal.SIGTERM, end)
    with joined(settings.DATA_DIR):
        yield


def end(number: int, frame: FrameType | None) -> None:
    """End the command on SIGTERM as Ctrl-C would: by leaving the server in order."""
    sys.exit(128 + number)


@contextmanager
def joined(data_dir: Path) -> Iterator[None]:
    """Use the server of this data folder; start it when nobody has, stop it when nobody else uses it."""
    with locks.held(users(data_dir), shared=True) as file:
        with locks.held(mutex(data_dir)):
            ensure(data_dir)
        try:
            yield
        finally:
            connections.close_all()
            with locks.held(mutex(data_dir)):
                leave(data_dir, file)


def users(data_dir: Path) -> Path:
    """The lock that every command holds while it uses the server."""
    return data_dir / "database.users"


def mutex(data_dir: Path) -> Path:
    """The lock under which the server is started and stopped."""
    return data_dir / "database.lock"


def up_lock(data_dir: Path) -> Path:
    """The lock of `manage.py up`, with its address."""
    return data_dir / "up.lock"


def ensure(data_dir: Path) -> None:
    """Return once a server answers, or is sure to be tried: `up` looks after its own."""
    if embedded.is_answering(data_dir):
        return
    if locks.is_taken(up_lock(data_dir)):
        wait_for_up(data_dir)
    else:
        server.start(data_dir)
        owning.move_over(data_dir)


def wait_for_up(data_dir: Path) -> None:
    """Give `up` time to start its server again."""
    deadline = time.monotonic() + UP_PATIENCE
    while not embedded.is_answering(data_dir) and time.monotonic() < deadline:
        time.sleep(0.2)


def leave(data_dir: Path, file: IO[str]) -> None:
    """Stop the server, unless it is `up`'s or somebody else still uses it (the last one out stops it then)."""
    if locks.is_taken(up_lock(data_dir)):
        return
    try:
        locks.acquire(file, wait=False)
    except locks.Taken:
        return
    if others_connected(data_dir):
        sys.stderr.write("The embedded PostgreSQL keeps running: other programs are connected to it.\n")
    else:
        server.stop(data_dir)


def take_over(data_dir: Path, start: Callable[[], None], say: Callable[[str], None]) -> None:
    """Start `up`'s own server, once no other command uses the one that runs now. The caller holds `up.lock`."""
    has_said = False
    while not try_take_over(data_dir, start):
        if not has_said:
            say("waiting for another command that is using the database to finish")
            has_said = True
        time.sleep(0.3)


def try_take_over(data_dir: Path, start: Callable[[], None]) -> bool:
    """Start `up`'s own server and return True, unless another command uses the one that runs now."""
    with locks.held(mutex(data_dir)):
        if embedded.is_answering(data_dir):
            try:
                with locks.held(users(data_dir), wait=False):
                    server.stop(data_dir)
            except locks.Taken:
                return False
        start()
        return True


def others_connected(data_dir: Path) -> bool:
    """Whether programs that are no commands of ours (psql, a worker run by hand) use the server.

    Our own connections take a moment to go away, so one second's worth of looks is taken.
    """
    query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    try:
        with psycopg.connect(embedded.conninfo(data_dir), autocommit=True) as connection:
            for _ in range(10):
                row = connection.execute(query).fetchone()
                if not row or not row[0]:
                    return False
                time.sleep(0.1)
    except psycopg.OperationalError:
        return False
    return True
