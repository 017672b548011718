"""The real web server on the test's database, for tests that need a browser or an open stream."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from django.conf import settings
from django.db import connection

PATIENCE = 30.0  # seconds for the server to answer


@dataclass(frozen=True, slots=True)
class Served:
    """A running server. pid: of its main process."""

    url: str
    pid: int

    def threads(self) -> int:
        """How many threads its processes have."""
        return sum(len(os.listdir(f"/proc/{pid}/task")) for pid in [self.pid, *children(self.pid)])


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(one) for one in file.read().split()]


@contextmanager
def served() -> Iterator[Served]:
    """Run one web process on the database that this test uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
               "--http", "1", "--no-ws", "--log-level", "warning", "crm.asgi:application"]  # fmt: skip
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env={**os.environ, **surroundings()}) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            yield Served(f"http://127.0.0.1:{port}", process.pid)
        finally:
            end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Stop a server; kill one that does not hear of it, as while it starts."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def surroundings() -> dict[str, str]:
    """The environment that leads a server to this test's database. Debug: static files straight from their folders."""
    told = connection.settings_dict
    host = quote(told["HOST"] or "localhost", safe="")
    url = f"postgres://{told['USER']}:{quote(told['PASSWORD'])}@/{told['NAME']}?host={host}&port={told['PORT'] or 5432}"
    return {"DATABASE_URL": url, "THROUGHLINE_DEBUG": "1", "THROUGHLINE_SECRET_KEY": settings.SECRET_KEY}


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "the web server ended"
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")
