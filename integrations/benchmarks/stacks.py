"""A throw-away stack for a benchmark: `manage.py up` on a data folder and a database of its own, never the user's."""

import json
import os
import queue
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from crm.stack import embedded

MANAGE = settings.BASE_DIR / "manage.py"
READY_LIMIT = 120.0
STOP_LIMIT = 60.0
KEPT = ("THROUGHLINE_WEB_PROCESSES", "THROUGHLINE_WORKER_PROCESSES", "THROUGHLINE_WEB_CONNECTIONS")
OTHERWISE_OURS = ("THROUGHLINE_", "CELERY_", "DJANGO_", "PYTEST_", "DATABASE_URL")


class StackFailed(Exception):
    """The benchmark's stack did not start; the message holds what it said."""


@dataclass(slots=True)
class Running:
    """A stack that runs. database_url: empty when the database is the embedded one."""

    data_dir: Path
    port: int
    database_url: str
    process: "subprocess.Popen[str]"
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def conninfo(self) -> str:
        """A libpq connection string of the stack's database."""
        return self.database_url or embedded.conninfo(embedded.database_config(self.data_dir))

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection to the stack's database, committing each statement."""
        return psycopg.connect(self.conninfo, autocommit=True, connect_timeout=5)

    def manage(self, *arguments: str) -> str:
        """Run a command of this installation and return what it printed."""
        command = [sys.executable, str(MANAGE), *arguments]
        env = environment(self.data_dir, self.database_url)
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    def processes(self) -> list[psutil.Process]:
        """Every process that it started, and nothing else."""
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def part(self, word: str) -> psutil.Process | None:
        """The part whose command line has this word; None while it is being started again."""
        for child in psutil.Process(self.process.pid).children():
            try:
                if word in " ".join(child.cmdline()):
                    return child
            except psutil.Error:
                continue
        return None

    def listen(self) -> None:
        """Keep what it says, in a thread."""
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.put(line.rstrip("\n"))

    def await_ready(self) -> None:
        """Return once every part answers. Raises StackFailed."""
        deadline = time.monotonic() + READY_LIMIT
        while time.monotonic() < deadline and (self.process.poll() is None or not self.lines.empty()):
            try:
                self.said.append(self.lines.get(timeout=0.2))
            except queue.Empty:
                continue
            if self.said[-1].startswith("ready "):
                return
        errors = (self.data_dir / "up.stderr").read_text()[-3000:]
        raise StackFailed("\n".join([f"the stack was not ready within {READY_LIMIT:g} s:", *self.said, errors]))

    def stop(self) -> None:
        """Stop it as Ctrl-C does; frozen parts are thawed first."""
        if self.process.poll() is None:
            for child in self.processes():
                with suppress(psutil.NoSuchProcess):
                    child.resume()
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def throw_away_stack(*, log: str = "ERROR") -> Iterator[Running]:
    """Run a stack of one's own until the end of the block; its folder and its database are removed afterwards."""
    data_dir = Path(tempfile.mkdtemp(prefix="throughline-benchmark-")).resolve()
    try:
        with own_database() as database_url:
            running = start(data_dir, database_url, log)
            try:
                running.await_ready()
                yield running
            finally:
                running.stop()
    finally:
        sockets = embedded.socket_dir(data_dir)
        shutil.rmtree(data_dir, ignore_errors=True)
        if sockets.is_dir() and data_dir not in sockets.parents:
            shutil.rmtree(sockets)


def start(data_dir: Path, database_url: str, log: str) -> Running:
    """Start `manage.py up`; it is not ready yet."""
    port = free_port()
    env = environment(data_dir, database_url) | {"THROUGHLINE_LOG_LEVEL": log}
    with (data_dir / "up.stderr").open("ab") as errors:
        command = [sys.executable, str(MANAGE), "up", "--port", str(port)]
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    running = Running(data_dir, port, database_url, process)
    threading.Thread(target=running.listen, daemon=True).start()
    return running


def environment(data_dir: Path, database_url: str) -> dict[str, str]:
    """An environment that names nothing of the user's installation; sizes that were chosen are kept."""
    inherited = {
        name: value for name, value in os.environ.items() if name in KEPT or not name.startswith(OTHERWISE_OURS)
    }
    chosen = {"THROUGHLINE_DATA": str(data_dir), "THROUGHLINE_SECRET_KEY": str(settings.SECRET_KEY)}
    return inherited | chosen | ({"DATABASE_URL": database_url} if database_url else {})


@contextmanager
def own_database() -> Iterator[str]:
    """A database of its own on the server that DATABASE_URL names, by its URL; empty when there is none."""
    if not settings.DATABASE_URL:
        yield ""
        return
    name = sql.Identifier("throughline_benchmark_" + secrets.token_hex(4))
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            given = urlsplit(settings.DATABASE_URL)
            yield urlunsplit(given._replace(path="/" + name.as_string(None).strip('"')))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def django_reads(running: Running) -> Iterator[None]:
    """Let this process's ORM use the stack's database for the block."""
    database = connections["default"].settings_dict
    before = dict(database)
    connections.close_all()
    database.update(database_settings(running))
    try:
        yield
    finally:
        connections.close_all()
        database.clear()
        database.update(before)


def database_settings(running: Running) -> dict[str, Any]:
    """Django's settings of the stack's database."""
    if not running.database_url:
        return embedded.database_config(running.data_dir)
    return {"NAME": urlsplit(running.database_url).path.removeprefix("/")}


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def add_source(running: Running, adapter: str, name: str, *options: str) -> dict[str, str]:
    """Connect a source: its id, endpoint, write key and secret."""
    return dict(json.loads(running.manage("add_source", adapter, name, "--json", *options)))
