"""Commands that need the embedded database, alone and at once."""

import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from crm.stack import embedded, server
from crm.stack.errors import StackError
from crm.stack.tests.stacks import start_shell
from crm.stack.throwaway import manage

pytestmark = pytest.mark.xdist_group("sharing")


def first_line(command: "subprocess.Popen[str]") -> str:
    """What the command says first."""
    assert command.stdout is not None
    return command.stdout.readline()


def end(command: "subprocess.Popen[str]") -> int:
    """Wait for the command, and close its output."""
    assert command.stdout is not None
    with command.stdout:
        return command.wait(60)


def test_a_command_has_a_database_for_as_long_as_it_runs(data_dir: Path) -> None:
    data_dir /= "not there yet"
    ran = manage(data_dir, "migrate", "crm", "zero")
    assert ran.returncode == 0, ran.stderr
    assert not embedded.is_answering(data_dir)
    assert server.server_id(data_dir) is None


def test_commands_that_start_at_once_share_a_server_and_the_last_one_stops_it(data_dir: Path) -> None:
    script = "import time; from django.db import connection; connection.cursor(); time.sleep({})"
    quick, slow = start_shell(data_dir, script.format(0)), start_shell(data_dir, script.format(5))
    assert end(quick) == 0
    assert embedded.is_answering(data_dir)
    assert end(slow) == 0
    assert not embedded.is_answering(data_dir)


def test_a_server_that_other_programs_use_is_left_running(data_dir: Path) -> None:
    command = start_shell(data_dir, "print('in', flush=True); import time; time.sleep(2)")
    first_line(command)
    with psycopg.connect(embedded.conninfo(data_dir)):
        assert end(command) == 0
        assert embedded.is_answering(data_dir)
    assert manage(data_dir, "shell", "--no-imports", "--command", "pass").returncode == 0
    assert not embedded.is_answering(data_dir)


def test_a_command_that_is_terminated_stops_the_server_too(data_dir: Path) -> None:
    command = start_shell(data_dir, "print('in', flush=True); import time; time.sleep(60)")
    first_line(command)
    command.send_signal(signal.SIGTERM)
    assert end(command) == 128 + signal.SIGTERM
    assert not embedded.is_answering(data_dir)


def test_a_server_whose_command_was_killed_is_taken_over_by_the_next(data_dir: Path) -> None:
    command = start_shell(data_dir, "print('in', flush=True); import time; time.sleep(60)")
    first_line(command)
    command.kill()
    end(command)
    assert embedded.is_answering(data_dir)
    assert manage(data_dir, "shell", "--no-imports", "--command", "pass").returncode == 0
    assert not embedded.is_answering(data_dir)


def test_a_database_whose_making_was_interrupted_is_made_anew(data_dir: Path) -> None:
    half = data_dir / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    process = server.start(data_dir)
    server.stop(data_dir)
    assert process.wait() == 0


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    with pytest.raises(StackError, match="unrecognized configuration parameter"):
        server.start(data_dir, {"no_such_setting": "1"})


def test_help_needs_no_database(data_dir: Path) -> None:
    assert manage(data_dir, "migrate", "--help").returncode == 0
    assert not (data_dir / "postgres").exists()
