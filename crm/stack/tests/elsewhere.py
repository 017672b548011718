"""Somebody else's database and broker: a Debian PostgreSQL 15, a Redis and a RabbitMQ (rabbitmq.py), for one test."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import redis

from crm.stack.tests.stacks import wait_until
from crm.stack.throwaway import free_port

POSTGRESQL = Path("/usr/lib/postgresql/15/bin")
REDIS = Path("/usr/bin/redis-server")
SYSTEM_USER = "postgres"
START_LIMIT = 30.0  # seconds


def program(path: Path, package: str) -> str:
    """The path of a program that these tests need."""
    assert path.exists(), f"{path} is missing; on Debian: apt-get install {package}"
    return str(path)


@contextmanager
def running(command: list[str], number: signal.Signals = signal.SIGTERM, **options: Any) -> Iterator[None]:
    """Run a program until the end of the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield
    finally:
        process.send_signal(number)
        process.wait(START_LIMIT)


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A server: its port, and the folder that its socket is in."""

    port: int
    folder: str

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def url_of(self, role: str) -> str:
        """The database of these tests' own roles, by its socket."""
        return f"postgres://{role}@{quote(self.folder, safe='')}:{self.port}/throughline"


@contextmanager
def postgresql_15() -> Iterator[PostgreSQL]:
    """A new PostgreSQL 15 server on a free port."""
    initdb, postgres = (program(POSTGRESQL / name, "postgresql-15") for name in ("initdb", "postgres"))
    folder, options = postgresql_folder()
    flags = ["--auth", "trust", "--username", "postgres", "--encoding", "UTF8", "--no-sync"]
    subprocess.run([initdb, "-D", folder, *flags], check=True, capture_output=True, **options)
    port = free_port()
    settings = ["-c", f"port={port}", "-c", f'unix_socket_directories="{folder}"', "-c", "fsync=off"]
    made = PostgreSQL(port, folder)
    try:
        with running([postgres, "-D", folder, *settings], signal.SIGINT, **options):
            wait_until(lambda: can_connect(made.url), START_LIMIT)
            yield made
    finally:
        shutil.rmtree(folder)


def postgresql_folder() -> tuple[str, dict[str, Any]]:
    """A folder for the server, and how to run its programs: never as root, which PostgreSQL refuses."""
    folder = tempfile.mkdtemp(prefix="throughline postgresql-15 ")  # pytest's folders are closed to other users
    if os.geteuid():
        return folder, {"cwd": folder}
    owner = pwd.getpwnam(SYSTEM_USER)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder, {"cwd": folder, "user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def can_connect(address: str) -> bool:
    """Whether a PostgreSQL answers there."""
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A new Redis server on a free port; yields its address."""
    port = free_port()
    command = [program(REDIS, "redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"]
    address = f"redis://127.0.0.1:{port}/0"
    with running([*command, str(folder)]):
        wait_until(lambda: can_ping(address), START_LIMIT)
        yield address


def can_ping(address: str) -> bool:
    """Whether a Redis answers there."""
    with redis.Redis.from_url(address) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
