"""Following tables that rows are only added to, by their numbers, without asking anything of whoever writes them.

A row's number is handed out before it is committed, so the highest that is seen says nothing of those below it. Who
writes to a table holds a lock on it from before it takes numbers until it commits: once everybody who held one has let
go, every number that had been handed out by then is either there or never will be.
"""

import time

from crm.sql import cursor

PATIENCE = 5.0  # seconds to wait for those who are writing; then it is followed up to where it was before
PAUSE = 0.02
LAST = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass), 0)"
WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = %s::regclass AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def settled(table: str) -> int | None:
    """The highest number handed out, once all rows up to it can be read; None where somebody is writing for too long.

    Not to be asked within a transaction whose statements all see the same.
    """
    with cursor() as sql:
        (last,) = sql.execute(LAST, [table]).fetchone() or (0,)
    waiting_for = writers(table)
    until = time.monotonic() + PATIENCE
    while not waiting_for.isdisjoint(writers(table)):
        if time.monotonic() > until:
            return None
        time.sleep(PAUSE)
    return int(last)


def writers(table: str) -> set[str]:
    """The transactions that may have written to a table, and have not ended."""
    with cursor() as sql:
        return {one for (one,) in sql.execute(WRITERS, [table])}
