"""The parts of the running stack: what each one's process is."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from crm.stack import server

STREAM_PATIENCE = "2"  # seconds that open pages' live streams are given when the web part stops


@dataclass(frozen=True)
class Part:
    """One process to keep running. options: for subprocess.Popen; log: takes its output, else the terminal does.

    gives_way: to the parts that somebody waits for. stops_last: the others need it to stop in order.
    """

    name: str
    command: Sequence[str]
    stop_signal: signal.Signals = signal.SIGTERM
    options: Mapping[str, Any] = field(default_factory=dict)
    log: Path | None = None
    gives_way: bool = False
    stops_last: bool = False


def database(data_dir: Path) -> Part:
    """The embedded PostgreSQL. SIGINT: a fast shutdown, which waits for nobody."""
    command = server.prepare(data_dir)
    options, log = server.popen_options(data_dir), server.log_path(data_dir)
    return Part("database", command, signal.SIGINT, options, log, stops_last=True)


def web(port: int) -> Part:
    """The ASGI server."""
    arguments = ["--interface", "asgi", "--host", settings.BIND, "--port", str(port), "--http", "1", "--no-ws"]
    workers = ["--workers", str(settings.WEB_PROCESSES), "--respawn-failed-workers"]
    quiet = ["--log-level", "warning", "--workers-kill-timeout", STREAM_PATIENCE]
    granian = [sys.executable, "-m", "granian", *arguments, *workers, *quiet, "crm.asgi:application"]
    return Part("web", granian, options=surroundings("web"))


def worker() -> Part:
    """The Celery worker. What it prints beside its log (that it stops) is dropped; it sends no events."""
    python = [sys.executable, "-W", "ignore:You're running the worker with superuser:UserWarning"]
    celery = ["-m", "celery", "--app", "crm.celery", "--quiet", "worker", "--loglevel", "WARNING"]
    pool = ["--pool", "prefork", "--concurrency", str(settings.WORKER_PROCESSES)]
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    options = {**surroundings("worker"), "stdout": subprocess.DEVNULL}
    return Part("worker", [*python, *celery, *pool, *alone], options=options, gives_way=True)


def beat() -> Part:
    """Celery's clock, which sends what is due by the schedule. Its banner is dropped, as the worker's is."""
    celery = ["-m", "celery", "--app", "crm.celery", "--quiet", "beat", "--loglevel", "WARNING"]
    options = {**surroundings("beat"), "stdout": subprocess.DEVNULL}
    return Part("beat", [sys.executable, *celery], options=options, gives_way=True)


def sweep() -> Part:
    """The loop that finds what no message announced."""
    return replace(command("sweep", "sweep"), gives_way=True)


def command(name: str, *arguments: str) -> Part:
    """A part that is one of our own commands."""
    return Part(name, [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments], options=surroundings(name))


def surroundings(name: str) -> dict[str, Any]:
    """Where our own processes run: the project's folder, this data folder, warnings and worse on the terminal.

    PGAPPNAME: what pg_stat_activity calls a part's connections. How to sign in as the tables' owner, none is told.
    """
    chosen = {"THROUGHLINE_DATA": str(settings.DATA_DIR), "PGAPPNAME": f"throughline-{name}", "DATABASE_OWNER_URL": ""}
    environment = {"THROUGHLINE_LOG_LEVEL": "WARNING", **os.environ, **chosen}
    return {"cwd": settings.BASE_DIR, "env": environment, "start_new_session": True}
