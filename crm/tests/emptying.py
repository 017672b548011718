"""A database that is empty again after a test that committed, at a twentieth of what Django's flush takes.

TRUNCATE makes the files of every table and index anew, and what `migrate` writes is written again each time: 0.4 s a
test. Few tables have any row then, and few rows: those are deleted. What stays is what a flush leaves.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

WRITTEN_BY_MIGRATE = ("django_content_type", "auth_permission")
Mark = list[tuple[Any, ...]]


class Emptying:
    """Takes the place of TransactionTestCase's flush. mark: what `migrate` wrote, as the first flush left it."""

    mark: Mark | None = None

    def __init__(self, flush: Callable[[TransactionTestCase], None]) -> None:
        self.flush = flush

    def __call__(self, case: TransactionTestCase) -> None:
        """Empty the database, by a flush where a few deletions would not leave the same."""
        if may_skip_triggers() and self.mark == written_by_migrate():
            delete(tables_with_rows())
        else:
            self.flush(case)
            self.mark = written_by_migrate()


def install() -> None:
    """Have every test that commits clean up so."""
    emptying = Emptying(TransactionTestCase._fixture_teardown)  # type: ignore[attr-defined]
    TransactionTestCase._fixture_teardown = lambda case: emptying(case)  # type: ignore[attr-defined]


def may_skip_triggers() -> bool:
    """Whether this is a superuser: on somebody else's PostgreSQL it may not be."""
    return asked("SHOW is_superuser") == [("on",)]


def written_by_migrate() -> Mark:
    """How many rows those tables have, and the last of each: whoever changes them changes one or the other."""
    return asked(" UNION ALL ".join(f"SELECT count(*), max(id) FROM {table}" for table in WRITTEN_BY_MIGRATE))


def tables_with_rows() -> list[str]:
    """The tables of models in which something stands, but for what `migrate` writes."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    looks = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM {quoted(name)})" for name in names]
    return [name for (name,) in asked(" UNION ALL ".join(looks)) if name not in WRITTEN_BY_MIGRATE]


def delete(names: list[str]) -> None:
    """Delete all rows, with no trigger of ours and no foreign key asked: TRUNCATE asks none of ours either."""
    deletions = "".join(f"DELETE FROM {quoted(name)};" for name in names)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = replica; {deletions}")


def quoted(name: str) -> str:
    """A table's name, as SQL takes it."""
    return connection.ops.quote_name(name)


def asked(sql: str) -> Mark:
    """All rows of an answer."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
