"""Keeping parts running: each is started, watched, started again when it dies, and stopped in order."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable
from typing import IO

from crm.stack.guarding import STOP_LIMIT, Charge, Guard, kill_group
from crm.stack.parts import Part
from crm.stack.yielding import give_way

FIRST_PAUSE = 0.5  # seconds before a part that died is started again; doubled each time, up to
LONGEST_PAUSE = 10.0
STEADY = 30.0  # seconds up after which the pause begins anew

Say = Callable[[str], None]


class Supervised:
    """A part and its process."""

    def __init__(self, part: Part, say: Say) -> None:
        self.part = part
        self.say = say
        self.process: subprocess.Popen[bytes] | None = None
        self.pause = FIRST_PAUSE
        self.started_at = 0.0
        self.start_again_at = 0.0

    def start(self) -> None:
        """Start the process, in a session of its own: the terminal's Ctrl-C is for the supervisor only."""
        self.started_at = time.monotonic()
        with self.output() as log:
            options = {"stdout": log, "stderr": log, **self.part.options}
            first = give_way if self.part.gives_way else None
            self.process = subprocess.Popen(self.part.command, preexec_fn=first, **options)  # noqa: PLW1509 (takes no lock)

    def charge(self) -> Charge | None:
        """What the guard has to know of it; None: it waits to be started again."""
        return (self.process.pid, int(self.part.stop_signal), self.part.stops_last) if self.process else None

    def output(self) -> "contextlib.AbstractContextManager[IO[bytes] | None]":
        """The file that takes the process's output; None: the terminal does."""
        return self.part.log.open("ab") if self.part.log else contextlib.nullcontext()

    def tend(self) -> None:
        """Notice that the process died, and start it again once its pause is over."""
        if self.process is None:
            if time.monotonic() >= self.start_again_at:
                self.start()
            return
        code = self.exit_code()
        if code is not None:
            self.lay_to_rest(code)

    def exit_code(self) -> int | None:
        """What the process ended with; None: it runs, or waits to be started again."""
        return self.process.poll() if self.process else None

    def lay_to_rest(self, code: int) -> None:
        """End what the dead process left behind, and set the time of its next start."""
        self.kill_group()
        self.process = None
        now = time.monotonic()
        if now - self.started_at > STEADY:
            self.pause = FIRST_PAUSE
        self.start_again_at = now + self.pause
        self.say(f"{self.part.name} ended ({reason(code)}); starting it again in {self.pause:g} s")
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def kill_group(self) -> None:
        """Kill what is left of the process's own group."""
        if self.process is not None:
            kill_group(self.process.pid)

    def ask_to_stop(self) -> None:
        """Send the process the signal to stop by."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.part.stop_signal)

    def see_stopped(self) -> None:
        """Wait for the process that was asked to stop, and kill what is left."""
        if self.process is None:
            return
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.say(f"{self.part.name} did not stop within {STOP_LIMIT:g} s; killing it")
        self.kill_group()
        self.process.wait()
        self.process = None


def reason(code: int) -> str:
    """Why a process ended, for people."""
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


class Supervisor:
    """Parts that are kept running, in the order they were started, until they are stopped; or this process is killed,
    and its guard stops them.
    """

    def __init__(self, say: Say) -> None:
        self.say = say
        self.supervised: dict[str, Supervised] = {}
        self.guard = Guard()

    def start(self, part: Part) -> None:
        """Start a part and keep it running from now on."""
        self.supervised[part.name] = Supervised(part, self.say)
        self.supervised[part.name].start()
        self.tell_guard()

    def tell_guard(self) -> None:
        """Have the guard know what runs now."""
        self.guard.tell([charge for supervised in self.supervised.values() if (charge := supervised.charge())])

    def tend(self) -> None:
        """Look after every part, and the guard, once."""
        for supervised in self.supervised.values():
            supervised.tend()
        self.tell_guard()

    def run(self, part: Part) -> int:
        """Run a part to its end, once, and return its exit code."""
        self.start(part)
        while (code := self.supervised[part.name].exit_code()) is None:
            time.sleep(0.1)
        self.stop(part.name)
        return code

    def rest(self, seconds: float) -> None:
        """Look after every part for so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.tend()
            time.sleep(0.1)

    def stop(self, *names: str) -> None:
        """Stop these parts, all at once."""
        stopping = [self.supervised.pop(name) for name in names if name in self.supervised]
        for supervised in stopping:
            supervised.ask_to_stop()
        for supervised in stopping:
            supervised.see_stopped()
        self.tell_guard()

    def stop_all(self) -> None:
        """Stop every part, those that the others need last."""
        self.stop(*(name for name, supervised in self.supervised.items() if not supervised.part.stops_last))
        self.stop(*self.supervised)
        self.guard.dismiss()
