"""`.ci/alone.py`, by which `make` installs: two at once take turns."""

import subprocess
import sys
from pathlib import Path

from django.conf import settings

ALONE = settings.BASE_DIR / ".ci" / "alone.py"
HOLDING = "print('begun', flush=True); input()"


def started(folder: Path) -> "subprocess.Popen[str]":
    """A command that goes on until it is told to end."""
    command = [sys.executable, str(ALONE), sys.executable, "-c", HOLDING]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_who_comes_second_says_so_and_begins_when_the_first_has_ended(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").touch()
    with started(tmp_path) as first:
        assert said(first) == "begun"
        with started(tmp_path) as second:
            assert said(second) == "Another make installs here; waiting for it ..."
            first.communicate("\n")
            assert said(second) == "begun"
            second.communicate("\n")
    assert (first.returncode, second.returncode) == (0, 0)


def test_who_is_killed_leaves_no_lock_behind(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").touch()
    with started(tmp_path) as first:
        assert said(first) == "begun"
        first.kill()
    with started(tmp_path) as second:
        assert said(second) == "begun"
        second.communicate("\n")
