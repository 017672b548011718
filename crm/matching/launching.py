"""Starting `manage.py match` beside the worker: its memory goes when it ends, and no task waits for it."""

import ctypes
import signal
import subprocess
import sys
import threading

from crm.stack import parts

SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def launch(*arguments: str) -> None:
    """Start the command; it ends with the process that starts it, and is finished later by another."""
    part = parts.command("match", "match", *arguments)
    options = {**part.options, "start_new_session": False, "stdout": subprocess.DEVNULL}
    process = subprocess.Popen(part.command, preexec_fn=follow_into_death, **options)  # noqa: PLW1509 (takes no lock)
    threading.Thread(target=process.wait, name="match", daemon=True).start()  # so that it leaves no zombie


def follow_into_death() -> None:
    """Have this process told to stop when its parent dies, even by SIGKILL (Linux only)."""
    if LIBC is not None:
        LIBC.prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGTERM))
