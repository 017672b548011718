"""The guard, which stops what `up` left when it was killed."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from crm.stack import guarding
from crm.stack.guarding import Guard, is_alive, read
from crm.stack.tests.stacks import wait_until

PART = """
import pathlib, signal, sys, time
def stop(*_):
    with said.open("a") as file:
        file.write(f"{sys.argv[2]} asked\\n")
    time.sleep(0.3)
    with said.open("a") as file:
        file.write(f"{sys.argv[2]} ended\\n")
    sys.exit()
said = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
time.sleep(60)
"""


def start(said: Path, name: str) -> "subprocess.Popen[str]":
    """A part that writes down when it was asked to stop, and that it ended."""
    command = [sys.executable, "-c", PART, str(said), name]
    part = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert part.stdout is not None
    with part.stdout as lines:
        assert lines.readline() == "ready\n"
    return part


def test_whoever_told_it_is_gone_and_it_stops_each_part_once_and_the_needed_one_last(tmp_path: Path) -> None:
    said = tmp_path / "said"
    database, web = start(said, "database"), start(said, "web")
    guard = Guard()
    guard.tell([(database.pid, 15, True), (web.pid, 15, False)])
    assert guard.process is not None
    assert guard.process.stdin is not None
    guard.process.stdin.close()  # as it is closed when `up` is killed
    assert guard.process.wait(10) == 0
    assert said.read_text().splitlines() == ["web asked", "web ended", "database asked", "database ended"]
    assert [database.wait(), web.wait()] == [0, 0]


def test_what_does_not_stop_in_its_time_is_killed_with_all_that_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "STOP_LIMIT", 0.1)
    stubborn = "trap '' TERM; sleep 60 & echo; wait; sleep 60"
    part = subprocess.Popen(["sh", "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True)
    assert part.stdout is not None
    assert part.stdout.readline() == b"\n"
    children = psutil.Process(part.pid).children()
    guarding.stop([(part.pid, 15, False)])
    assert part.wait() == -9
    part.stdout.close()
    wait_until(lambda: not any(map(is_alive, children)), 5)


def test_a_guard_that_is_dismissed_ends_and_stops_nobody_that_it_was_told_has_ended(tmp_path: Path) -> None:
    part = start(tmp_path / "said", "web")
    guard = Guard()
    guard.tell([(part.pid, 15, False)])
    process = guard.process
    guard.dismiss()
    assert process is not None
    assert process.returncode == 0
    assert part.poll() is None
    part.kill()
    part.wait()


def test_the_last_whole_line_is_what_counts() -> None:
    whole = json.dumps([(4, 15, False)]) + "\n"
    assert read([json.dumps([(3, 2, True)]) + "\n", whole, "[[5, 1"]) == [(4, 15, False)]
    assert read([]) == []


def test_a_process_that_is_gone_is_no_error(tmp_path: Path) -> None:
    part = start(tmp_path / "said", "web")
    part.kill()
    part.wait()
    guarding.stop([(part.pid, 15, False)])
