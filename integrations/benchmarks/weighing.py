"""What each part of a running stack weighs: the memory it holds, and the processor time it has taken."""

from collections.abc import Callable, Mapping
from contextlib import suppress

import psutil

from crm.stack.throwaway import Stack, words

PARTS = (
    ("granian", "web"),
    ("prefork", "worker"),
    ("sweep", "sweep"),
    ("beat", "beat"),
    ("guarding.py", "guard"),
)  # words of their command lines


def memory_by_part(running: Stack) -> dict[str, float]:
    """Resident memory in MB; PostgreSQL's shared memory is counted once (proportional set size)."""
    return summed(running, lambda process: process.memory_full_info().pss / 2**20)


def seconds_by_part(running: Stack) -> dict[str, float]:
    """Processor time in seconds, of processes that have ended too (their parent has it)."""
    return summed(running, lambda process: sum(process.cpu_times()[:4]))


def summed(running: Stack, weight: Callable[[psutil.Process], float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for process in running.processes():
        with suppress(psutil.Error):  # a backend of PostgreSQL that has just ended
            part = part_of(process)
            found[part] = found.get(part, 0.0) + weight(process)
    return found


def part_of(process: psutil.Process) -> str:
    """Whatever is no other's is the database's."""
    told = words(process)
    return next((part for word, part in PARTS if word in told), "database")


def microseconds_per_event(before: Mapping[str, float], after: Mapping[str, float], events: int) -> dict[str, float]:
    """What each part took for one event: on a busy machine the steadier figure."""
    return {part: 1e6 * (seconds - before.get(part, 0.0)) / events for part, seconds in after.items()}
