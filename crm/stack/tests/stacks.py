"""Running a real `manage.py up` in a test: as people do, in a process of its own."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
from django.conf import settings

from crm.stack import embedded

READY_LIMIT = 90.0  # seconds; two cores are shared with everything else that the tests run
STOP_LIMIT = 40.0
MANAGE = str(settings.BASE_DIR / "manage.py")
CHOSEN_BY_THE_TESTS = ("DATABASE_URL", "CELERY_BROKER_URL", "THROUGHLINE_", "DJANGO_", "PYTEST_")


def new_data_dir() -> Path:
    """An empty folder for an installation. Not one of pytest's, which closes them to the server's system user."""
    return Path(tempfile.mkdtemp(prefix="data-", dir=settings.DATA_DIR))


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path, **chosen: str) -> dict[str, str]:
    """The environment of an installation of its own, whatever this test run was given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(CHOSEN_BY_THE_TESTS)}
    return {**inherited, "THROUGHLINE_DATA": str(data_dir), **chosen}


def manage(data_dir: Path, *arguments: str, **chosen: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; its output comes back whatever it ended with."""
    return subprocess.run(
        [sys.executable, MANAGE, *arguments],
        env=environment(data_dir, **chosen),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def start_shell(data_dir: Path, script: str) -> "subprocess.Popen[str]":
    """Start a command that runs this script; its output can be read while it runs."""
    command = [sys.executable, MANAGE, "shell", "--no-imports", "--command", script]
    return subprocess.Popen(command, env=environment(data_dir), stdout=subprocess.PIPE, text=True)


def wait_until(holds: Callable[[], bool], limit: float = READY_LIMIT) -> None:
    """Return once this holds."""
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline, f"did not come true within {limit:g} s"
        time.sleep(0.1)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; a dead one that nobody has asked about yet does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Stack:
    """A `manage.py up` and what it says."""

    def __init__(self, data_dir: Path, port: int, chosen: Mapping[str, str], *arguments: str) -> None:
        self.data_dir = data_dir
        self.port = port
        self.chosen = dict(chosen)
        self.said: list[str] = []
        self.lines: queue.Queue[str] = queue.Queue()
        self.errors = data_dir / "up.stderr"
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, MANAGE, "up", "--port", str(port), *arguments],
                env=environment(data_dir, **chosen),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def read(self) -> None:
        """Keep what is said."""
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.put(line.rstrip("\n"))

    def wait_for(self, beginning: str, limit: float = READY_LIMIT) -> str:
        """The next line that begins so."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline and (self.reader.is_alive() or not self.lines.empty()):
            try:
                self.said.append(self.lines.get(timeout=0.2))
            except queue.Empty:
                continue
            if self.said[-1].startswith(beginning):
                return self.said[-1]
        heard = "\n".join([*self.said, self.errors.read_text()[-3000:]])
        raise AssertionError(f"`up` did not say {beginning!r} within {limit:g} s; it said:\n{heard}")

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of this installation."""
        return manage(self.data_dir, *arguments, **self.chosen)

    def ask(self, sql: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask this installation's database."""
        address = self.chosen.get("DATABASE_URL") or embedded.conninfo(embedded.database_config(self.data_dir))
        with psycopg.connect(address, autocommit=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    def part(self, word: str) -> psutil.Process:
        """The process of the part whose command line has this word."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if word in " ".join(child.cmdline()))

    def processes(self) -> list[psutil.Process]:
        """Every process that it started."""
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def readiness(self) -> dict[str, Any]:
        """What /readyz says; empty while the web part does not answer."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as answer:
                return dict(json.load(answer))
        except OSError:  # an HTTPError is one too
            return {}

    def wait_until_at_work(self, limit: float = READY_LIMIT) -> None:
        """Return once the web part is ready, and every other part has been at work after this call."""
        now = datetime.now(UTC)  # the stack's clock is this machine's
        wait_until(lambda: self.readiness().get("ready", False) and self.beating_since(now), limit)

    def beating_since(self, moment: datetime) -> bool:
        """Whether every part had a heartbeat after this moment."""
        return self.ask("SELECT count(*) FROM crm_heartbeat WHERE at > %s", moment) == [(2,)]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(STOP_LIMIT)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join()


@contextmanager
def running_stack(data_dir: Path, *arguments: str, **chosen: str) -> Iterator[Stack]:
    """A stack that is ready, and is stopped afterwards."""
    data_dir.mkdir(parents=True, exist_ok=True)
    stack = Stack(data_dir, free_port(), chosen, *arguments)
    try:
        stack.wait_for("ready ")
        yield stack
    finally:
        stack.stop()
        remove_socket_dir(data_dir)


def remove_socket_dir(data_dir: Path) -> None:
    """Remove the socket's folder when it is not in the data folder."""
    path = embedded.socket_dir(data_dir.resolve())
    if path.exists() and data_dir not in path.parents:
        path.rmdir()
