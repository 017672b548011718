"""The faults: what is killed, frozen, flushed or cut off. Only processes of the benchmark's own stack are touched."""

import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import psutil
import psycopg

from crm.stack.throwaway import BACK_LIMIT, Stack

FROZEN = 3.0  # seconds
WEB, WORKER, SWEEP, POSTGRES = "granian", "prefork", "sweep", "postgres"

FLUSH = "SELECT pgmq.purge_queue(queue_name) FROM pgmq.list_queues()"
CUT_OFF = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault. strike: does it, at once, but for freezes, which end before it returns.

    needs_server: it is done to the PostgreSQL server itself, which must be the benchmark's own.
    """

    name: str
    strike: Callable[[Stack, random.Random], None]
    needs_server: bool = False


def kill_part(word: str, running: Stack, chance: random.Random) -> None:
    """SIGKILL to the part's first process."""
    running.part(word).kill()


def kill_child(word: str, running: Stack, chance: random.Random) -> None:
    """SIGKILL to one of the processes that the part started."""
    children = running.part(word).children(recursive=True)
    if children:
        chance.choice(children).kill()


def signal_part(word: str, number: signal.Signals, running: Stack, chance: random.Random) -> None:
    running.part(word).send_signal(number)


def freeze_part(word: str, running: Stack, chance: random.Random) -> None:
    """SIGSTOP to all processes of the part, SIGCONT a few seconds later."""
    whole = running.part(word)
    frozen = [whole, *whole.children(recursive=True)]
    for process in frozen:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    time.sleep(FROZEN)
    for process in frozen:
        with suppress(psutil.NoSuchProcess):
            process.resume()


def ask(statement: str, running: Stack, chance: random.Random) -> None:
    """Run a statement as soon as the database answers."""
    deadline = time.monotonic() + BACK_LIMIT
    while True:
        try:
            with running.connect() as connection:
                connection.execute(statement.encode())
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


FAULTS = (
    Fault("worker process killed", partial(kill_child, WORKER)),
    Fault("PostgreSQL killed", partial(kill_part, POSTGRES), needs_server=True),
    Fault("broker flushed", partial(ask, FLUSH)),
    Fault("web killed", partial(kill_part, WEB)),
    Fault("worker frozen", partial(freeze_part, WORKER)),
    Fault("PostgreSQL shut down at once", partial(signal_part, POSTGRES, signal.SIGQUIT), needs_server=True),
    Fault("web process killed", partial(kill_child, WEB)),
    Fault("database connections cut", partial(ask, CUT_OFF)),
    Fault("worker killed", partial(kill_part, WORKER)),
    Fault("sweep killed", partial(kill_part, SWEEP)),
    Fault("web frozen", partial(freeze_part, WEB)),
    Fault("PostgreSQL frozen", partial(freeze_part, POSTGRES), needs_server=True),
    Fault("web restarted", partial(signal_part, WEB, signal.SIGTERM)),
    Fault("worker restarted", partial(signal_part, WORKER, signal.SIGTERM)),
    Fault("PostgreSQL process killed", partial(kill_child, POSTGRES), needs_server=True),
    Fault("sweep frozen", partial(freeze_part, SWEEP)),
)


def schedule(count: int, chance: random.Random, *, owns_server: bool) -> list[Fault]:
    """So many faults: every kind in turn, then every kind in another order."""
    kinds = [fault for fault in FAULTS if owns_server or not fault.needs_server]
    planned = list(kinds)
    while len(planned) < count:
        planned += chance.sample(kinds, len(kinds))
    return planned[:count]
