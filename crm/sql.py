"""Psycopg's own cursor, for arrays and COPY: Django's binds parameters on the client, which does neither."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def cursor() -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    """A server-binding cursor on Django's connection, inside whatever transaction it is in.

    Nothing is prepared (Django's default): a plan made while a table was nearly empty would stick, and cost ten times
    as much once it has grown.
    """
    connection.ensure_connection()
    raw = connection.connection
    assert isinstance(raw, psycopg.Connection)
    with psycopg.Cursor(raw) as native:
        yield native
