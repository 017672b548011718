"""One whole pass at a time: a lock in the database, held by a connection of its own for as long as the pass lasts."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from crm.matching.errors import PassUnderWay
from crm.matching.models import Run
from crm.sql import conninfo

PASS_LOCK = 0x7468726F6D617463


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock. Raises PassUnderWay when another pass does."""
    with psycopg.connect(conninfo(), autocommit=True) as own:
        row = own.execute("SELECT pg_try_advisory_lock(%s)", [PASS_LOCK]).fetchone()
        if not row or not row[0]:
            raise PassUnderWay(f"another pass is under way{said_of_it()}; wait for its end")
        yield


def said_of_it() -> str:
    """Which pass that is, as far as its row says."""
    run = Run.objects.filter(state__in=[*Run.UNDER_WAY, Run.State.APPLYING]).first()
    return f" (run {run.pk}, {run.get_state_display()})" if run else ""
