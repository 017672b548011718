"""The sweep: a loop that needs no broker. It drains what no hint announced, and keeps the tallies short."""

import time
from collections.abc import Callable

import structlog
from django.db import Error, close_old_connections, transaction

from crm.sql import cursor
from crm.stack.beats import beat
from integrations.inbox.draining import drain

log = structlog.get_logger(__name__)

PAUSE = 0.5  # seconds between two looks
OVERDUE = "1 second"  # a delivery that waited as long was not announced, or nobody came
HOUSEKEEPING = 60.0  # seconds between two rounds of it

IS_OVERDUE = """
    SELECT EXISTS (
        SELECT 1 FROM (SELECT available_at FROM integrations_pending ORDER BY delivery_id LIMIT 500) AS head
        WHERE available_at < now() - %s::interval
    )
"""
FOLD_TALLIES = """
    WITH old AS (
        DELETE FROM integrations_tally WHERE id IN (
            SELECT id FROM integrations_tally
            WHERE at < date_trunc('hour', now()) AND at <> date_trunc('hour', at) LIMIT 100000)
        RETURNING *
    )
    INSERT INTO integrations_tally (source_id, at, accepted, duplicates, rejected, recorded, failed)
    SELECT source_id, date_trunc('hour', at), sum(accepted), sum(duplicates), sum(rejected), sum(recorded), sum(failed)
    FROM old GROUP BY 1, 2
"""


def sweep(is_stopping: Callable[[], bool]) -> None:
    """Sweep until told to stop."""
    next_housekeeping = 0.0
    while not is_stopping():
        try:
            beat("sweep")
            if is_overdue():
                log.info("inbox.swept", deliveries=drain())
            if time.monotonic() >= next_housekeeping:
                fold_tallies()
                next_housekeeping = time.monotonic() + HOUSEKEEPING
        except Error as error:  # the database is away: wait for it
            log.warning("inbox.sweep_interrupted", error=type(error.__cause__ or error).__name__)
            close_old_connections()
            time.sleep(PAUSE)
        time.sleep(PAUSE)


def is_overdue() -> bool:
    """Whether the oldest deliveries have waited longer than a hint takes."""
    with cursor() as sql:
        sql.execute(IS_OVERDUE, [OVERDUE])
        (found,) = sql.fetchone() or (False,)
    return bool(found)


@transaction.atomic
def fold_tallies() -> None:
    """Fold the tallies of past hours into one line per source and hour."""
    with cursor() as sql:
        sql.execute(FOLD_TALLIES)
