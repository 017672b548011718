"""Data folders whose database is migrated already: made once in a test run, and copied for each stack that asks.

Making one takes nine seconds of a processor, a copy half a second. That a stack starts from nothing is for
test_up.py and for those on somebody else's database.
"""

import fcntl
import subprocess
from pathlib import Path

from django.conf import settings

from crm.stack import server
from crm.stack.tests.stacks import new_data_dir
from crm.stack.throwaway import manage


def ready_made_dir() -> Path:
    """A folder for an installation, its database migrated."""
    return copied(original(), new_data_dir())


def original() -> Path:
    """The folder that is copied, made by whichever process of this test run asks first."""
    final = settings.DATA_DIR / "ready-made"
    with (settings.DATA_DIR / "ready-made.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.exists():
            draft = new_data_dir()
            done = manage(draft, "migrate", "--verbosity", "0")
            assert done.returncode == 0, done.stderr
            draft.rename(final)
    return final


def copied(source: Path, target: Path) -> Path:
    """Give a folder another's database; its keys it makes itself. As the server's system user owns it."""
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", server.folder(source), server.folder(target)], check=True)
    return target
