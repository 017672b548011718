"""The application's role in the database, and what it cannot do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from crm.sql import conninfo
from crm.stack import embedded, server
from crm.stack.checks import can_change
from crm.stack.owning import AUDIT, HISTORY
from crm.stack.throwaway import Stack, manage

Connection = psycopg.Connection[tuple[Any, ...]]
NOTE = "INSERT INTO crm_auditentry (at, act, actor, subject, detail) VALUES (now(), 'set', 'x', '', '{}') RETURNING id"


@pytest.fixture
def application(db: None) -> Iterator[Connection]:
    """A connection to the tests' database as the application's role; what it writes is rolled back."""
    with psycopg.connect(make_conninfo(conninfo(), user=embedded.APPLICATION)) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("table", AUDIT)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET {column} = {column}",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "SELECT * FROM {table} FOR UPDATE",
        "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({column}) DO UPDATE SET {column} = excluded.{column}",
        "MERGE INTO {table} t USING {table} s ON t.{column} = s.{column} WHEN MATCHED THEN DELETE",
        "DROP TABLE {table}",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "ALTER TABLE {table} OWNER TO CURRENT_USER",
        "ALTER TABLE {table} RENAME TO another",
        "CREATE RULE quiet AS ON INSERT TO {table} DO INSTEAD NOTHING",
        "CREATE TRIGGER other BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION crm_append_only()",
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    ],
)
def test_the_application_can_change_nothing_of_the_audit_log(
    application: Connection, statement: str, table: str
) -> None:
    column = {"crm_auditentry": "id", "crm_auditseal": "position", "crm_auditreason": "entry_id"}[table]
    with pytest.raises(InsufficientPrivilege):
        application.execute(statement.format(table=table, column=column).encode())


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SET ROLE postgres",
        "DROP TRIGGER append_only ON crm_auditentry",
        "DROP FUNCTION crm_append_only() CASCADE",
        "CREATE OR REPLACE FUNCTION crm_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT setval('crm_auditentry_id_seq', 1)",
        "COPY crm_auditentry TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
    ],
)
def test_nor_can_it_get_round_that(application: Connection, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        application.execute(statement.encode())


def test_it_reads_it_and_adds_to_it(application: Connection) -> None:
    application.execute(NOTE)
    assert application.execute("SELECT act FROM crm_auditentry ORDER BY id DESC LIMIT 1").fetchone() == ("set",)


def test_what_erases_reasons_notes_it_and_is_not_led_elsewhere_by_a_temporary_table(application: Connection) -> None:
    (number,) = application.execute(NOTE).fetchone() or (0,)
    application.execute("INSERT INTO crm_auditreason VALUES (%s, 'Ms Example asked')", [number])
    application.execute("CREATE TEMPORARY TABLE crm_auditreason (entry_id bigint, text text)")
    application.execute("CREATE TEMPORARY TABLE crm_auditentry (LIKE public.crm_auditentry)")
    application.execute("SELECT crm_erase_reasons(ARRAY[%s::bigint])", [number])
    assert application.execute("SELECT FROM public.crm_auditreason WHERE entry_id = %s", [number]).fetchall() == []
    noted = application.execute("SELECT act, detail FROM public.crm_auditentry ORDER BY id DESC LIMIT 1").fetchone()
    assert noted == ("erased", {"entries": [number]})


def test_of_every_other_table_it_has_the_ordinary_rights_and_owns_none(application: Connection) -> None:
    rights = """
        SELECT relname, has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT'),
            has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'),
            has_table_privilege(oid, 'TRUNCATE') OR pg_has_role(relowner, 'MEMBER')
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    """
    found = application.execute(rights).fetchall()
    assert all(adds for _, adds, _, _ in found)
    assert {name for name, _, changes, _ in found if not changes} == {*AUDIT, *HISTORY}
    assert not any(more for _, _, _, more in found)


def test_deploying_with_a_role_that_could_change_it_is_warned_of(application: Connection, db: None) -> None:
    assert can_change()  # the tests' own role may do anything


def test_the_running_parts_sign_in_as_it(live_stack: Stack) -> None:
    roles = "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name LIKE 'throughline-%%'"
    assert live_stack.ask(roles) == [(embedded.APPLICATION,)]
    owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'pgmq'::regnamespace"
    assert live_stack.ask(owners) == [(embedded.APPLICATION,)]
    assert live_stack.manage("check", "--deploy").stderr.count("throughline.W001") == 0


def test_a_data_folder_from_before_is_moved_over(data_dir: Path) -> None:
    process = server.start(data_dir)
    with psycopg.connect(embedded.conninfo(data_dir), autocommit=True) as own:
        own.execute("CREATE TABLE from_before (n int)")
    server.stop(data_dir)
    process.wait()
    script = "from django.db import connection as c; print(c.cursor().execute('SELECT 1 FROM from_before'))"
    moved = manage(data_dir, "shell", "--no-imports", "--command", script)
    assert moved.returncode == 0, moved.stderr
