"""Commands that need the embedded database, alone and at once."""

import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from crm.stack import embedded, server
from crm.stack.errors import StackError
from crm.stack.tests.stacks import manage, start_shell

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


def test_a_command_has_a_database_for_as_long_as_it_runs(tmp_path: Path) -> None:
    data_dir = tmp_path / "not there yet"
    ran = manage(data_dir, "migrate", "crm", "zero")
    assert ran.returncode == 0, ran.stderr
    assert not embedded.is_answering(data_dir)
    assert server.server_id(data_dir) is None


def test_commands_that_start_at_once_share_a_server_and_the_last_one_stops_it(tmp_path: Path) -> None:
    script = "import time; from django.db import connection; connection.cursor(); time.sleep({})"
    quick, slow = start_shell(tmp_path, script.format(0)), start_shell(tmp_path, script.format(5))
    assert end(quick) == 0
    assert embedded.is_answering(tmp_path)
    assert end(slow) == 0
    assert not embedded.is_answering(tmp_path)


def test_a_server_that_other_programs_use_is_left_running(tmp_path: Path) -> None:
    command = start_shell(tmp_path, "print('in', flush=True); import time; time.sleep(2)")
    first_line(command)
    with psycopg.connect(embedded.conninfo(embedded.database_config(tmp_path))):
        assert end(command) == 0
        assert embedded.is_answering(tmp_path)
    assert manage(tmp_path, "shell", "--no-imports", "--command", "pass").returncode == 0
    assert not embedded.is_answering(tmp_path)


def test_a_command_that_is_terminated_stops_the_server_too(tmp_path: Path) -> None:
    command = start_shell(tmp_path, "print('in', flush=True); import time; time.sleep(60)")
    first_line(command)
    command.send_signal(signal.SIGTERM)
    assert end(command) == 128 + signal.SIGTERM
    assert not embedded.is_answering(tmp_path)


def test_a_server_whose_command_was_killed_is_taken_over_by_the_next(tmp_path: Path) -> None:
    command = start_shell(tmp_path, "print('in', flush=True); import time; time.sleep(60)")
    first_line(command)
    command.kill()
    end(command)
    assert embedded.is_answering(tmp_path)
    assert manage(tmp_path, "shell", "--no-imports", "--command", "pass").returncode == 0
    assert not embedded.is_answering(tmp_path)


def test_a_database_whose_making_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    process = server.start(tmp_path)
    server.stop(tmp_path)
    assert process.wait() == 0


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="unrecognized configuration parameter"):
        server.start(tmp_path, {"no_such_setting": "1"})


def test_help_needs_no_database(tmp_path: Path) -> None:
    assert manage(tmp_path, "migrate", "--help").returncode == 0
    assert not (tmp_path / "postgres").exists()
