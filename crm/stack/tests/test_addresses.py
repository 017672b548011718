"""A database's address, in Django's words, in libpq's, and in the embedded broker's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pgmq.base import PGMQConfig
from psycopg.conninfo import conninfo_to_dict

from crm.stack import embedded
from crm.stack.addresses import connection_string, database_settings

ADDRESSES = {
    "postgres://jo:s3cret@db.example:5433/crm": {
        "host": "db.example", "port": "5433", "user": "jo", "password": "s3cret", "dbname": "crm",
    },
    "postgresql://jo@/crm?host=/run/my%20sockets": {"host": "/run/my sockets", "user": "jo", "dbname": "crm"},
    "postgres://jo@%2Ftmp%2FSockets:5433/crm": {
        "host": "/tmp/Sockets", "port": "5433", "user": "jo", "dbname": "crm",
    },
    "postgres://jo:it%27s%20%5C%20%40@one:1,two:2/crm?target_session_attrs=read-write": {
        "host": "one,two", "port": "1,2", "user": "jo", "password": "it's \\ @", "dbname": "crm",
        "target_session_attrs": "read-write",
    },
    "postgres://jo@db/crm?sslmode=verify-full&sslrootcert=/a%20b/ca.pem&options=-c%20jit%3Doff&connect_timeout=5": {
        "host": "db", "user": "jo", "dbname": "crm", "sslmode": "verify-full", "sslrootcert": "/a b/ca.pem",
        "options": "-c jit=off", "connect_timeout": "5",
    },
}  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_connection_string_keeps_all_that_an_address_says(address: str) -> None:
    assert conninfo_to_dict(connection_string(database_settings(address))) == ADDRESSES[address]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_embedded_broker_connects_with_all_that_an_address_says(address: str) -> None:
    used = broker_uses(database_settings(address))
    assert {word: value for word, value in used.items() if value} == ADDRESSES[address]


def broker_uses(database: dict[str, Any]) -> dict[str, Any]:
    """What pgmq connects with, once it has taken its connection string apart and written its own."""
    options = embedded.broker_options(database)
    return conninfo_to_dict(PGMQConfig(conn_string=str(options["conn_string"])).dsn)


def test_without_a_user_the_embedded_broker_signs_in_as_libpq_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGUSER", "a clerk")
    assert broker_uses(database_settings("postgres://db.example/crm"))["user"] == "a clerk"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_password_reaches_the_embedded_broker(password: str) -> None:
    assert broker_uses({"NAME": "crm", "USER": "jo", "PASSWORD": password})["password"] == password


def test_what_only_django_understands_is_left_out() -> None:
    database = {"NAME": "crm", "OPTIONS": {"pool": {"min_size": 1}, "server_side_binding": True, "sslmode": "require"}}
    assert connection_string(database) == "sslmode=require dbname=crm"
