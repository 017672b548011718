"""A database that is made at once is the one that its history makes."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg.conninfo import make_conninfo
from pytest_django import DjangoDbBlocker

from crm.sql import conninfo
from crm.stack.server import initialise
from journeys.models import ActionRule, WrapChoice


@contextmanager
def database_of_its_own(name: str) -> Iterator[None]:
    """An empty database, which the connection is to meanwhile."""
    kept = connection.settings_dict["NAME"]
    with connection.cursor() as sql:
        sql.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = kept
        with connection.cursor() as sql:
            sql.execute(f"DROP DATABASE {name} WITH (FORCE)")


def migrate() -> None:
    """All the way."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def live_through() -> None:
    """The history for which something stands, as an installation did that is older."""
    executor = MigrationExecutor(connection)
    executor.loader = loader = MigrationLoader(connection, replace_migrations=False)
    executor.migrate([one.replaces[-1] for one in loader.disk_migrations.values() if one.replaces])


def what_there_is() -> tuple[list[str], list[Any]]:
    """The lines of the schema, in an order that does not depend on the order of columns; and the rows to begin with."""
    program = "pg_dump" if settings.DATABASE_URL else initialise(settings.DATA_DIR) / "pg_dump"
    told = make_conninfo(conninfo(), dbname=connection.settings_dict["NAME"])
    dumped = subprocess.run([program, "--schema-only", "--no-owner", told], capture_output=True, text=True, check=True)
    schema = [line.rstrip(",") for line in dumped.stdout.splitlines() if not line.startswith(("--", "\\"))]
    rows = [list(model.objects.order_by("pk").values()) for model in (Group, WrapChoice, ActionRule)]
    return sorted(schema), rows


def test_what_is_made_at_once_is_what_the_history_makes(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        with database_of_its_own("made_at_once"):
            migrate()
            at_once = what_there_is()
        with database_of_its_own("lived_through"):
            live_through()
            migrate()
            lived_through = what_there_is()
    assert len(at_once[0]) > 2000, "the schema was not told"
    assert at_once[0] == lived_through[0]
    assert all(at_once[1])
    assert at_once[1] == lived_through[1]
