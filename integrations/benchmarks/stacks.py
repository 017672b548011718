"""A throw-away stack for a benchmark: on a data folder and a database of its own, never the user's."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from crm.sql import conninfo
from crm.stack import embedded
from crm.stack.throwaway import Stack, running_stack


@contextmanager
def throw_away_stack(*, log: str = "ERROR") -> Iterator[Stack]:
    """Run a stack of one's own until the end of the block; its folder and its database are removed afterwards."""
    data_dir = new_folder()
    try:
        with own_database() as database_url, running_stack(data_dir, **chosen(database_url, log)) as stack:
            yield stack
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)


def new_folder() -> Path:
    """An empty folder for a stack's data."""
    return Path(tempfile.mkdtemp(prefix="throughline-benchmark-")).resolve()


def chosen(database_url: str, log: str) -> dict[str, str]:
    """The stack's environment: of this installation, its sizes, and the keys that sign sessions and seal secrets."""
    return {
        "DATABASE_URL": database_url,
        "THROUGHLINE_LOG_LEVEL": log,
        "THROUGHLINE_SECRET_KEY": str(settings.SECRET_KEY),
        "THROUGHLINE_ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),  # sources are made in this process
        "THROUGHLINE_WEB_CONNECTIONS": str(settings.WEB_CONNECTIONS),
        "THROUGHLINE_WEB_PROCESSES": str(settings.WEB_PROCESSES),
        "THROUGHLINE_WORKER_PROCESSES": str(settings.WORKER_PROCESSES),
    }


@contextmanager
def own_database() -> Iterator[str]:
    """A database of its own on the server that DATABASE_URL names, by its URL; empty when there is none."""
    if not settings.DATABASE_URL:
        yield ""
        return
    name = "throughline_benchmark_" + secrets.token_hex(4)
    with psycopg.connect(conninfo(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def django_reads(stack: Stack) -> Iterator[None]:
    """Let this process's ORM use the stack's database for the block."""
    database = connections["default"].settings_dict
    before = dict(database)
    connections.close_all()
    database.update(database_of(stack))
    try:
        yield
    finally:
        connections.close_all()
        database.clear()
        database.update(before)


def database_of(stack: Stack) -> dict[str, Any]:
    """Django's settings of the stack's database, where they differ from this process's."""
    if not stack.database_url:
        return embedded.owner_config(stack.data_dir)
    return {"NAME": urlsplit(stack.database_url).path.removeprefix("/")}


def add_source(stack: Stack, adapter: str, name: str, *options: str) -> dict[str, str]:
    """Connect a source: its id, endpoint, write key and secret."""
    return stack.told("add_source", adapter, name, *options)
