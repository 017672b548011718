"""Psycopg's own cursor, for arrays and COPY: Django's binds parameters on the client, which does neither."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from django.db import connection

from crm.stack.addresses import connection_string


@contextmanager
def cursor() -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    """A server-binding cursor on Django's connection, inside whatever transaction it is in.

    Nothing is prepared (Django's default): a plan made while a table was nearly empty would stick, and cost ten times
    as much once it has grown.
    """
    with psycopg.Cursor(raw_connection()) as native:
        yield native


def raw_connection() -> "psycopg.Connection[tuple[Any, ...]]":
    """Psycopg's own connection, under Django's."""
    connection.ensure_connection()
    raw = connection.connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def array(values: Iterable[object]) -> str:
    """Numbers or times as the text of one array parameter, `%s::bigint[]`: psycopg's own takes each value in turn."""
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Iterable[str]) -> str:
    """Text as one array parameter, `%s::text[]`. Both ends take it in half the time of a recordset's column."""
    listed = list(values)
    plain = orjson.dumps(listed).decode()
    if "\\" not in plain:  # JSON quotes text as an array does, until something needs a backslash
        return f"{{{plain[1:-1]}}}"
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in listed)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"


def recordset(names: str, rows: Iterable[Sequence[Any]]) -> str:
    """Rows as the one parameter of `json_to_recordset(%s) AS n (name type, ...)`. names: separated by spaces.

    Psycopg escapes a text array string by string; one JSON text costs half as much on both ends.
    """
    columns = names.split()
    return orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows]).decode()


def conninfo() -> str:
    """A libpq connection string of the database that Django uses (the test database in tests)."""
    return connection_string(connection.settings_dict)
