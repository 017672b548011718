"""`manage.py up`, run as people run it."""

import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from crm.stack import embedded
from crm.stack.guarding import is_alive
from crm.stack.tests.ready_made import copied, original, ready_made_dir
from crm.stack.tests.stacks import (
    new_data_dir,
    readiness,
    start_shell,
    wait_until,
    wait_until_at_work,
)
from crm.stack.throwaway import Stack, free_port, manage, running_stack, words
from crm.stack.yielding import NICENESS

pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(new_data_dir() / "with spaces, and a 'quote'") as stack:
        yield stack


def test_it_says_ready_once_every_part_answers(stack: Stack) -> None:
    assert stack.said[-1] == f"ready {stack.url}"
    told = readiness(stack)
    assert told["ready"]
    assert all(age < 60 for age in told["heartbeats"].values())


@pytest.mark.parametrize(
    ("part", "word"), [("web", "granian"), ("worker", "prefork"), ("sweep", "sweep"), ("beat", "beat")]
)
def test_a_part_that_dies_is_said_and_started_again_without_its_leftovers(stack: Stack, part: str, word: str) -> None:
    process = stack.part(word)
    family = [process, *process.children(recursive=True)]
    process.kill()
    assert stack.wait_for(f"{part} ended").startswith(f"{part} ended (SIGKILL); starting it again in ")
    wait_until_at_work(stack)
    assert not any(map(is_alive, family))


def test_a_guard_that_dies_is_replaced(stack: Stack) -> None:
    guard = stack.part("guarding.py")
    guard.kill()
    wait_until(lambda: stack.part("guarding.py") != guard, 5)


def test_a_database_that_dies_comes_back_and_everybody_goes_on(stack: Stack) -> None:
    stack.part("postgres").kill()
    stack.wait_for("database ended (SIGKILL)")
    wait_until_at_work(stack)


def test_what_can_wait_gives_way_to_what_is_waited_for_in_the_database_too(stack: Stack) -> None:
    assert {word: stack.part(word).nice() for word in ("granian", "prefork", "sweep", "beat", "postgres")} == {
        "granian": 0, "prefork": NICENESS, "sweep": NICENESS, "beat": NICENESS, "postgres": 0,
    }  # fmt: skip
    readiness(stack)  # the web has a session too
    sessions = stack.ask("SELECT application_name, pid FROM pg_stat_activity WHERE application_name <> ''")
    niceness = {(part, psutil.Process(pid).nice()) for part, pid in sessions if part.startswith("throughline-")}
    assert ("throughline-web", 0) in niceness
    assert ("throughline-sweep", NICENESS) in niceness


def test_many_pages_at_once_share_a_few_connections_and_give_them_back(stack: Stack) -> None:
    with ThreadPoolExecutor(30) as people:
        answers = list(people.map(lambda _: readiness(stack), range(300)))
    assert all(answer.get("ready") for answer in answers)
    open_connections, busy = stack.ask(
        "SELECT count(*), count(*) FILTER (WHERE state <> 'idle') FROM pg_stat_activity"
        " WHERE application_name = 'throughline-web'"
    )[0]
    assert 1 <= open_connections <= settings.WEB_CONNECTIONS
    assert busy == 0


def test_a_second_one_on_the_same_data_says_where_the_first_is(stack: Stack) -> None:
    second = manage(stack.data_dir, "up", "--port", str(free_port()))
    assert second.returncode == 1
    assert f"already running on {stack.data_dir}: {stack.url}" in second.stderr
    assert readiness(stack)["ready"]


def test_a_taken_port_is_said_with_the_remedy(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = manage(data_dir, "up", "--port", str(port))
    assert refused.returncode == 1
    assert f"port {port} of 127.0.0.1 cannot be had (Address already in use)" in refused.stderr
    assert f"make demo PORT={port + 1}" in refused.stderr
    assert not (data_dir / "postgres").exists()


@pytest.mark.parametrize("typed", ["0", "-1", "65536", "99999", "eight", "8e3"])
def test_what_is_no_port_is_said(typed: str) -> None:
    with pytest.raises(CommandError, match="is no port; give a number from 1 to 65535"):
        call_command("up", f"--port={typed}")


def test_a_command_joins_the_running_database_and_leaves_it_running(stack: Stack) -> None:
    database = stack.part("postgres")
    command = stack.manage("migrate", "--check")
    assert command.returncode == 0, command.stderr
    assert stack.part("postgres") == database


@pytest.mark.django_db
def test_it_stops_all_that_it_started_and_nothing_else() -> None:
    with running_stack(ready_made_dir()) as stack:
        processes = stack.processes()
        assert {"postgres", "granian", "celery"} <= {word for process in processes for word in words(process)}
        assert stack.stop(signal.SIGINT) == 0
        assert not any(map(is_alive, processes))
    assert embedded.is_answering(settings.DATA_DIR)  # the tests' own server, a bystander


def test_one_that_is_killed_leaves_no_orphans_and_can_be_started_again(data_dir: Path) -> None:
    deep = data_dir / "/".join(["a-folder-further-down"] * 6)  # too deep for a socket of its own
    copied(original(), deep)
    with running_stack(deep) as stack:
        processes = stack.processes()
        stack.process.kill()
        wait_until(lambda: not any(map(is_alive, processes)), 30)  # the guard gives them twice ten
    with running_stack(deep) as again:
        assert again.stop(signal.SIGTERM) == 0


def test_another_command_that_uses_the_database_is_waited_for() -> None:
    data_dir = ready_made_dir()
    command = start_shell(data_dir, "import time; print('here', flush=True); time.sleep(6)")
    assert command.stdout is not None
    with command.stdout as said:
        assert said.readline() == "here\n"
    with running_stack(data_dir) as stack:
        assert "waiting for another command that is using the database to finish" in stack.said
        assert command.wait() == 0
