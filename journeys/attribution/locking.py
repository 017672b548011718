"""One at a time: whoever writes what is derived."""

from crm.identity.resolving import lock_number
from crm.sql import cursor

DERIVING = lock_number("journeys", "deriving")


def is_alone(lock: int) -> bool:
    """Whether nobody else is at what a lock stands for, nor can begin to before this transaction ends."""
    with cursor() as sql:
        (is_mine,) = sql.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock]).fetchone() or (False,)
    return bool(is_mine)
