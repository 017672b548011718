"""Who outlives `up`: it stops the parts in order when `up` was killed, and could not do it itself.

A process of its own, which runs this file alone. `up` tells it what runs now, a line of JSON for each change:
[[process id, signal to stop by, stops last], ...]. Its input ends with `up`, whatever that ended by.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence

import psutil

STOP_LIMIT = 10.0  # seconds to stop in; killed after that

Charge = tuple[int, int, bool]  # a part's process, the signal to stop it by, whether it stops after all others


class Guard:
    """The guarding process, as `up` sees it."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.told: Sequence[Charge] = ()

    def tell(self, charges: Sequence[Charge]) -> None:
        """Have the guard know what runs now, and start another guard where this one died."""
        is_there = self.process is not None and self.process.poll() is None
        if is_there and charges == self.told:
            return
        if not is_there:
            command = [sys.executable, __file__]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
        assert self.process is not None
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has just died: the next call starts another
            self.process.stdin.write(json.dumps(charges) + "\n")
            self.process.stdin.flush()
        self.told = charges

    def dismiss(self) -> None:
        """Let the guard go, once everything is stopped."""
        if self.process is not None:
            self.tell(())
            self.process.communicate()
            self.process = None


def read(lines: Iterable[str]) -> list[Charge]:
    """What ran when the lines ended: the last whole one says."""
    known = "[]\n"
    for line in lines:
        known = line if line.endswith("\n") else known
    return [(pid, number, is_last) for pid, number, is_last in json.loads(known)]


def stop(charges: Sequence[Charge]) -> None:
    """Stop the parts as `up` would: those that the others need come last. Once for each: a signal is not repeated."""
    for turn in (False, True):
        due = {pid: number for pid, number, is_last in charges if is_last == turn}
        end([process for pid, number in due.items() if (process := asked_to_stop(pid, number))])
        for pid in due:
            kill_group(pid)


def asked_to_stop(pid: int, number: int) -> psutil.Process | None:
    """The process, which was sent its signal; None: it is gone."""
    try:
        process = psutil.Process(pid)
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return None
    return process


def end(processes: Sequence[psutil.Process]) -> None:
    """Return once they ended, or have had their time."""
    deadline = time.monotonic() + STOP_LIMIT
    while any(map(is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; a dead one that nobody has asked about yet does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def kill_group(pid: int) -> None:
    """Kill what is left of a part's own group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    stop(read(sys.stdin))
