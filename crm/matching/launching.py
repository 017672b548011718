"""Starting `manage.py match` beside the worker: its memory goes when it ends, and no task waits for it."""

import signal
import subprocess
import threading
from functools import partial

from crm.stack import parts
from crm.stack.supervising import follow_into_death


def launch(*arguments: str) -> None:
    """Start the command; it ends with the process that starts it, and is finished later by another."""
    part = parts.command("match", "match", *arguments)
    options = {**part.options, "start_new_session": False, "stdout": subprocess.DEVNULL}
    process = subprocess.Popen(part.command, preexec_fn=partial(follow_into_death, signal.SIGTERM), **options)  # noqa: PLW1509 (takes no lock)
    threading.Thread(target=process.wait, name="match", daemon=True).start()  # so that it leaves no zombie
