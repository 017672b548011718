"""Two roles in the database: one owns the tables and changes them; the other is the application's.

The application's has the ordinary rights on every table, but the audit log, and the versions of rows that matter, it
can only read and add to. So whoever makes the application say what they like (SQL in a query of ours) can neither
change what was noted nor remove it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql
from psycopg.errors import DuplicateObject, InsufficientPrivilege, UniqueViolation

from crm.sql import conninfo
from crm.stack import embedded
from crm.stack.errors import StackError

Own = psycopg.Connection[tuple[Any, ...]]
AUDIT = ("crm_auditentry", "crm_auditseal", "crm_auditreason")
HISTORY = ("crm_sourceversion", "crm_keyversion", "crm_loginversion", "crm_membershipversion")
SIGNS_IN = {"USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "OPTIONS": {}}
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('crm.stack.owning'))"
IS_THERE = "SELECT 1 FROM pg_roles WHERE rolname = %s"
PLACE = "SELECT current_database(), current_schema()"
PRESENT = "SELECT name FROM unnest(%s::text[]) AS n (name) WHERE to_regclass(name) IS NOT NULL"
GRANTS = (
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role}",
    # what later migrations make
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)
# The broker makes its queues itself, with their triggers: its schema is the application's own. A table's sequences go
# with it; so do its row types.
NOT_THE_ROLES = """
    SELECT format('SCHEMA %%I', nspname) FROM pg_namespace WHERE nspname = 'pgmq' AND nspowner <> %(role)s::regrole
    UNION ALL
    SELECT format(CASE relkind WHEN 'c' THEN 'TYPE %%s' ELSE 'TABLE %%s' END, oid::regclass) FROM pg_class
    WHERE relnamespace = to_regnamespace('pgmq') AND relkind IN ('r', 'p', 'c') AND relowner <> %(role)s::regrole
    UNION ALL
    SELECT format('ROUTINE %%s', oid::regprocedure) FROM pg_proc
    WHERE pronamespace = to_regnamespace('pgmq') AND proowner <> %(role)s::regrole
"""


@contextmanager
def as_owner() -> Iterator[None]:
    """Let this process's ORM sign in as the owner of the tables for the block, where that is another role."""
    database = connections["default"].settings_dict
    before, owner = dict(database), settings.OWNER_DATABASE
    if not owner or owner["USER"] == database["USER"]:
        yield
        return
    connections["default"].close()
    database.update({name: owner.get(name) or none for name, none in SIGNS_IN.items()})
    try:
        yield
    finally:
        connections["default"].close()
        database.update(before)


def grant() -> None:
    """Give the application's role what it needs of the database that Django uses, and no more. As its owner."""
    application = settings.APPLICATION_DATABASE
    if settings.OWNER_DATABASE:
        with psycopg.connect(conninfo()) as own:
            grant_to(own, str(application["USER"]), str(application["PASSWORD"]))


def move_over(data_dir: Path) -> None:
    """Have the embedded database's second role, where it was made before there were two."""
    with psycopg.connect(embedded.conninfo(data_dir)) as own:
        if own.execute(IS_THERE, [embedded.APPLICATION]).fetchone() is None:
            grant_to(own, embedded.APPLICATION, "")


def grant_to(own: Own, role: str, password: str) -> None:
    """Give a role what the application needs, in one transaction. Raises StackError where the owner may not."""
    try:
        with own.transaction():
            own.execute(ONE_AT_A_TIME)
            have_role(own, role, password)
            give_rights(own, role)
            hand_broker_over(own, role)
    except InsufficientPrivilege as error:
        raise StackError(
            f"DATABASE_OWNER_URL's role may not do what it has to: {error.diag.message_primary}. Make the tables its "
            f'own, and let it act for the other: GRANT "{role}" TO owner (README, Running it in production).'
        ) from error


def have_role(own: Own, role: str, password: str) -> None:
    """Have the role, which signs in and may nothing yet. Another database of the server may make it just now."""
    if own.execute(IS_THERE, [role]).fetchone():
        return
    secret = sql.SQL(" PASSWORD {}").format(sql.Literal(password)) if password else sql.SQL("")
    try:
        with own.transaction():
            own.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)) + secret)
            own.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
    except (DuplicateObject, UniqueViolation):
        pass


def give_rights(own: Own, role: str) -> None:
    """The ordinary rights on every table; of the audit log, reading and adding."""
    database, schema = own.execute(PLACE).fetchone() or ("", "")
    names = {"database": database, "schema": schema, "role": role}
    named = {word: sql.Identifier(name) for word, name in names.items()}
    for statement in GRANTS:
        own.execute(sql.SQL(statement).format(**named))
    for (table,) in own.execute(PRESENT, [[*AUDIT, *HISTORY]]).fetchall():
        own.execute(sql.SQL("REVOKE ALL ON {} FROM {role}").format(sql.Identifier(table), **named))
        own.execute(sql.SQL("GRANT SELECT, INSERT ON {} TO {role}").format(sql.Identifier(table), **named))


def hand_broker_over(own: Own, role: str) -> None:
    """Make the embedded broker's tables the application's, where they are here."""
    for (what,) in own.execute(NOT_THE_ROLES, {"role": role}).fetchall():
        own.execute(sql.SQL("ALTER {} OWNER TO {}").format(sql.SQL(what), sql.Identifier(role)))
