"""What tests ask of a running stack, beside what crm/stack/throwaway.py offers."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from crm.stack.throwaway import MANAGE, READY_LIMIT, Stack, environment


def new_data_dir() -> Path:
    """An empty folder for an installation. Not one of pytest's, which closes them to the server's system user."""
    return Path(tempfile.mkdtemp(prefix="data-", dir=settings.DATA_DIR))


def start_shell(data_dir: Path, script: str) -> "subprocess.Popen[str]":
    """Start a command that runs this script; its output can be read while it runs."""
    command = [sys.executable, MANAGE, "shell", "--no-imports", "--command", script]
    return subprocess.Popen(command, env=environment(data_dir, {}), stdout=subprocess.PIPE, text=True)


def wait_until(holds: Callable[[], bool], limit: float = READY_LIMIT) -> None:
    """Return once this holds."""
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline, f"did not come true within {limit:g} s"
        time.sleep(0.1)


def readiness(stack: Stack) -> dict[str, Any]:
    """What /readyz says; empty while the web part does not answer."""
    try:
        with urllib.request.urlopen(f"{stack.url}/readyz", timeout=10) as answer:
            return dict(json.load(answer))
    except OSError:  # an HTTPError is one too
        return {}


def wait_until_at_work(stack: Stack, limit: float = READY_LIMIT) -> None:
    """Return once the web part is ready, and every other part has been at work after this call."""
    now = datetime.now(UTC)  # the stack's clock is this machine's
    beating = "SELECT count(*) FROM crm_heartbeat WHERE at > %s AND part = ANY(%s)"

    def is_at_work() -> bool:
        told = readiness(stack)
        parts = list(told.get("heartbeats", ()))
        return told.get("ready", False) and stack.ask(beating, now, parts) == [(len(parts),)]

    wait_until(is_at_work, limit)
