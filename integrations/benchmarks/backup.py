"""A backup of a stack's database, and a database of its own that it is restored into, by PostgreSQL's own programs."""

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from crm.stack import embedded
from crm.stack.errors import StackError
from crm.stack.server import initialise
from crm.stack.throwaway import Stack

LIMIT = 600.0  # seconds


def dump(running: Stack, file: Path) -> None:
    """Back the stack's database up."""
    call(running, "pg_dump", "--format=custom", f"--file={file}", f"--dbname={running.conninfo}")


@contextmanager
def restored(running: Stack, file: Path) -> Iterator[str]:
    """The backup in a database of its own, by its URL; it is dropped afterwards."""
    name = "restored_" + secrets.token_hex(4)
    with running.connect() as own:
        own.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            target = psycopg.conninfo.make_conninfo(running.conninfo, dbname=name)
            call(running, "pg_restore", "--no-owner", f"--dbname={target}", str(file))
            yield address(running, name)
        finally:
            own.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def address(running: Stack, name: str) -> str:
    if running.database_url:
        return urlunsplit(urlsplit(running.database_url)._replace(path=f"/{name}"))
    folder = quote(str(embedded.socket_dir(running.data_dir)), safe="")
    return f"postgres://postgres@{folder}/{name}"


def call(running: Stack, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs: the embedded server's, or those that are installed."""
    found = shutil.which(program) if running.database_url else str(initialise(running.data_dir) / program)
    if found is None:
        raise StackError(f"{program} is not installed; it is needed to back up and restore what DATABASE_URL names")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=LIMIT, check=False)
    if done.returncode:
        raise StackError(f"{program} failed:\n{done.stderr[-2000:]}")
