"""One at a time: whoever writes what is derived."""

from crm.identity.resolving import lock_number
from crm.sql import cursor

DERIVING = lock_number("journeys", "deriving")
TRY = "SELECT pg_try_advisory_xact_lock(%s)"


def is_alone() -> bool:
    """Whether nobody else is deriving, nor can begin before this transaction ends."""
    with cursor() as sql:
        (is_mine,) = sql.execute(TRY, [DERIVING]).fetchone() or (False,)
    return bool(is_mine)
