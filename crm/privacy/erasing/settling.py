"""Waiting for whoever may still write of a person that they read before they were gone."""

import time

from crm.sql import cursor

GRACE = 1.0  # seconds that one who is in no transaction gets, between reading and writing
PATIENCE = 600.0  # seconds after which whoever still is in a transaction is waited for no longer

NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
IS_ANYBODY_AT_IT = """
    SELECT EXISTS (
        SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_type = 'client backend' AND xact_start <= to_timestamp(%s / 1000.0)
    )
"""


def now_ms() -> int:
    """The database's clock, in milliseconds."""
    with cursor() as sql:
        (found,) = sql.execute(NOW).fetchone() or (int(time.time() * 1000),)
    return int(found)


def has_settled(since: int) -> bool:
    """Whether every transaction that began before then (milliseconds) has ended, and a moment has passed."""
    waited = (now_ms() - since) / 1000
    if waited < GRACE or waited > PATIENCE:
        return waited > PATIENCE
    with cursor() as sql:
        (is_anybody,) = sql.execute(IS_ANYBODY_AT_IT, [since]).fetchone() or (False,)
    return not is_anybody
