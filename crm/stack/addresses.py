"""Where a database is: a URL as Django's settings, and Django's settings as libpq's connection string."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import environ
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

LIBPQ = frozenset(option.keyword.decode() for option in Conninfo.get_defaults())  # what it takes; Django takes more
OUTRANKING = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}


def database_settings(url: str) -> dict[str, Any]:
    """Django's settings of the database at this address. Its host may be a socket's folder, percent-encoded."""
    found: dict[str, Any] = environ.Env.db_url_config(url)
    return {**found, "HOST": unquote(str(found["HOST"]))}


def connection_string(database: Mapping[str, Any]) -> str:
    """A libpq connection string (key=value) of Django's database settings, their OPTIONS included."""
    options = {name: str(value) for name, value in database.get("OPTIONS", {}).items() if name in LIBPQ}
    named = {word: str(database[name]) for name, word in OUTRANKING.items() if database.get(name)}
    return make_conninfo(**{**options, **named})
