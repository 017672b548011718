"""A stack of their own for tests and benchmarks: a real `manage.py up`, in processes of its own, as people run it."""

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
from django.conf import settings

from crm.stack import embedded
from crm.stack.addresses import connection_string, database_settings
from crm.stack.errors import StackError

READY_LIMIT = 120.0  # seconds; the processors are shared with everything else that is tested or measured
STOP_LIMIT = 60.0
BACK_LIMIT = 30.0  # seconds in which a part that died is there again
COMMAND_LIMIT = 120.0
MANAGE = str(settings.BASE_DIR / "manage.py")
OURS = ("DATABASE_", "CELERY_", "THROUGHLINE_", "DJANGO_", "PYTEST_")  # how variables begin that are not inherited


def environment(data_dir: Path, chosen: Mapping[str, str]) -> dict[str, str]:
    """The environment of an installation of its own: nothing in it names the one that this process belongs to."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**inherited, "THROUGHLINE_DATA": str(data_dir), **chosen}


def manage(
    data_dir: Path, *arguments: str, limit: float = COMMAND_LIMIT, **chosen: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; its output comes back whatever it ended with."""
    return subprocess.run(
        [sys.executable, MANAGE, *arguments],
        env=environment(data_dir, chosen),
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def words(process: psutil.Process) -> set[str]:
    """The bare names on a process's command line; none of one that is gone."""
    try:
        return {Path(word).name for word in process.cmdline()}
    except psutil.NoSuchProcess:
        return set()


class Stack:
    """A `manage.py up` and what it says. chosen: its environment variables, beside the folder of its data."""

    def __init__(self, data_dir: Path, chosen: Mapping[str, str], *arguments: str) -> None:
        self.data_dir = data_dir.resolve()
        self.port = free_port()
        self.chosen = dict(chosen)
        self.said: list[str] = []
        self.lines: queue.Queue[str] = queue.Queue()
        self.errors = data_dir / "up.stderr"
        command = [sys.executable, MANAGE, "up", "--port", str(self.port), *arguments]
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                command, env=environment(data_dir, chosen), stdout=subprocess.PIPE, stderr=errors, text=True
            )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """Empty when the database is the embedded one."""
        return self.chosen.get("DATABASE_URL", "")

    @property
    def conninfo(self) -> str:
        """A libpq connection string of its database."""
        given = self.database_url
        return connection_string(database_settings(given)) if given else embedded.conninfo(self.data_dir)

    def read(self) -> None:
        """Keep what is said."""
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.put(line.rstrip("\n"))

    def wait_for(self, beginning: str, limit: float = READY_LIMIT) -> str:
        """The next line that begins so. Raises StackError when none comes."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline and (self.reader.is_alive() or not self.lines.empty()):
            try:
                self.said.append(self.lines.get(timeout=0.2))
            except queue.Empty:
                continue
            if self.said[-1].startswith(beginning):
                return self.said[-1]
        heard = "\n".join([*self.said, self.errors.read_text()[-3000:]])
        raise StackError(f"`up` did not say {beginning!r} within {limit:g} s; it said:\n{heard}")

    def manage(self, *arguments: str, limit: float = COMMAND_LIMIT) -> "subprocess.CompletedProcess[str]":
        """Run a command of this installation. limit: seconds."""
        return manage(self.data_dir, *arguments, limit=limit, **self.chosen)

    def told(self, *arguments: str, limit: float = COMMAND_LIMIT) -> dict[str, Any]:
        """What a command of this installation tells with --json, in its last line. Raises StackError when it fails."""
        done = self.manage(*arguments, "--json", limit=limit)
        if done.returncode:
            raise StackError(f"{' '.join(arguments)} failed:\n{done.stderr}")
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection to this installation's database, committing each statement."""
        return psycopg.connect(self.conninfo, autocommit=True, connect_timeout=5)

    def ask(self, sql: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask this installation's database."""
        with self.connect() as connection:
            return connection.execute(sql, parameters).fetchall()

    def part(self, word: str) -> psutil.Process:
        """The process of the part on whose command line this word stands, waited for while it is started again."""
        deadline = time.monotonic() + BACK_LIMIT
        while time.monotonic() < deadline:
            for child in psutil.Process(self.process.pid).children():
                if word in words(child):
                    return child
            time.sleep(0.1)
        raise StackError(f"{word} was not running within {BACK_LIMIT:g} s")

    def processes(self) -> list[psutil.Process]:
        """Every process that it started, and nothing else."""
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, frozen parts thawed first, and return its exit code."""
        if self.process.poll() is None:
            for child in self.processes():
                with suppress(psutil.NoSuchProcess):
                    child.resume()
            self.process.send_signal(number)
        try:
            return self.process.wait(STOP_LIMIT)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join()


@contextmanager
def running_stack(data_dir: Path, *arguments: str, **chosen: str) -> Iterator[Stack]:
    """A stack that is ready, and is stopped afterwards. Raises StackError, with what it said, when it is not."""
    data_dir.mkdir(parents=True, exist_ok=True)
    stack = Stack(data_dir, chosen, *arguments)
    try:
        stack.wait_for("ready ")
        yield stack
    finally:
        stack.stop()
        remove_socket_dir(stack.data_dir)


def remove_socket_dir(data_dir: Path) -> None:
    """Remove the socket's folder when it is not in the data folder."""
    path = embedded.socket_dir(data_dir)
    if data_dir not in path.parents:
        shutil.rmtree(path, ignore_errors=True)
