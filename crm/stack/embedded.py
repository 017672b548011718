"""The embedded PostgreSQL: where it lives, how it is set, how it is reached."""

import hashlib
import re
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from crm.stack.addresses import connection_string

SOCKET_PATH_LIMIT = 90  # a Unix socket's path holds 107 bytes, PostgreSQL's own file name included
APPLICATION = "throughline"  # the role that everything but migrations signs in as
PLAIN_PATH = re.compile(r"[\w./+-]+", re.ASCII)  # the server takes a list of folders, with quotes and commas
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_locks_per_transaction": "256",  # the drain takes one advisory lock per identifier of its batch
    "jit": "off",
    "random_page_cost": "1.1",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "log_min_messages": "fatal",  # an error's text may quote a row
    "log_min_error_statement": "panic",
    "idle_in_transaction_session_timeout": "15s",
}


def kept_secret(data_dir: Path, name: str) -> str:
    """A key of an installation that was given none: made once, kept in its data folder."""
    path = data_dir / name
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f"{name}.{secrets.token_hex(8)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        put_once(draft, path)
    return path.read_text().strip()


def put_once(draft: Path, path: Path) -> None:
    """Give a finished draft its name, unless another process was first: nobody ever reads half a file."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def socket_dir(data_dir: Path) -> Path:
    """Where the server's socket is: in the data folder, or under the temporary folder when that path does not serve.

    It must be short, and plain enough to stand in a list of folders.
    """
    path = data_dir / "socket"
    if len(str(path)) < SOCKET_PATH_LIMIT and PLAIN_PATH.fullmatch(str(path)):
        return path
    return Path(tempfile.gettempdir()) / ("throughline-" + hashlib.sha256(str(data_dir).encode()).hexdigest()[:16])


def database_config(data_dir: Path) -> dict[str, Any]:
    """Django's settings of the embedded database, as the application's role."""
    return {**owner_config(data_dir), "USER": APPLICATION}


def owner_config(data_dir: Path) -> dict[str, Any]:
    """The same as the owner of the tables: who made the database, and may do anything."""
    return {"NAME": "postgres", "USER": "postgres", "PASSWORD": "", "HOST": str(socket_dir(data_dir)), "PORT": ""}


def conninfo(data_dir: Path) -> str:
    """A libpq connection string of the embedded database, as its owner."""
    return connection_string(owner_config(data_dir))


def broker_options(database: dict[str, Any]) -> dict[str, object]:
    """Kombu's options for the broker that lives in the same PostgreSQL; a worker adds `use_notify` (crm/celery.py)."""
    return {
        "conn_string": broker_conninfo(database),
        "init_extension": False,
        "pool_size": 2,
        "wait_time_seconds": 0,
        "polling_interval": 5,
        "notify_throttle_interval_ms": 0,
        "pool_timeout": 2,
    }


def broker_conninfo(database: Mapping[str, Any]) -> str:
    """A connection string for pgmq, which writes five of its values down again, without quotes, and drops the others.

    So those come with their quotes already, and the last one brings the others along.
    """
    given = {"user": default_user(), **conninfo_to_dict(connection_string(database))}
    five = {word: quoted(str(given.pop(word, ""))) for word in ("host", "port", "user", "dbname", "password")}
    five["password"] += " " + make_conninfo("", **given)
    return make_conninfo("", **five)


def default_user() -> str:
    """Who libpq signs in as when no user is named."""
    options = {option.keyword: option.val for option in Conninfo.get_defaults()}
    return (options[b"user"] or b"").decode()


def quoted(value: str) -> str:
    """A value as it stands in a connection string."""
    return make_conninfo(host=value).removeprefix("host=")


def is_answering(data_dir: Path) -> bool:
    """Whether a server answers on the socket."""
    try:
        psycopg.connect(conninfo(data_dir), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
