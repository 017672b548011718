"""A turn of the worker's: everything that is due here, until the turn is over."""

import time

from crm.sql import cursor
from journeys.listening.fetching import fetch_next
from journeys.listening.settling import settle_batch

TURN = 10.0  # seconds
IS_DUE = """
    SELECT EXISTS (SELECT 1 FROM journeys_unheard WHERE due_at <= now())
        OR EXISTS (SELECT 1 FROM journeys_recording WHERE due_at <= now())
"""


def work(seconds: float = TURN) -> bool:
    """Do what is due; returns whether there is more. A recording that takes longer is finished first."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if not settle_batch() and not fetch_next():
            return False
    return True


def is_anything_due() -> bool:
    with cursor() as sql:
        row = sql.execute(IS_DUE).fetchone()
    return bool(row and row[0])
