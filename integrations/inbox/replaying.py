"""Replay: failed deliveries become pending again, with all their attempts before them."""

from collections.abc import Iterable

from django.db import transaction

from crm.sql import cursor
from integrations.inbox.hinting import hint

REPLAY = """
    WITH taken AS (
        DELETE FROM integrations_faileddelivery WHERE delivery_id = ANY(%s) RETURNING delivery_id, source_id
    ), waiting AS (
        INSERT INTO integrations_pending (delivery_id, available_at, attempts, reason)
        SELECT delivery_id, now(), 0, '' FROM taken ORDER BY delivery_id ON CONFLICT DO NOTHING
    ), tallied AS (
        INSERT INTO integrations_tally (source_id, at, accepted, duplicates, rejected, recorded, failed)
        SELECT source_id, now(), 0, 0, 0, 0, -count(*) FROM taken GROUP BY source_id
    )
    SELECT count(*) FROM taken
"""


@transaction.atomic
def replay(delivery_ids: Iterable[int]) -> int:
    """Put failed deliveries back in the queue; returns how many there were. Others are left as they are."""
    with cursor() as sql:
        sql.execute(REPLAY, [sorted(set(delivery_ids))])
        (count,) = sql.fetchone() or (0,)
    transaction.on_commit(hint)
    return int(count)
