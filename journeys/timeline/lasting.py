"""How far a customer's stream reaches: the first and the last thing that happened, one index step per lane."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.sql import cursor
from journeys.interactions.drafts import Channel

READ_ENDS = """
    SELECT min(k.first), max(k.last)
    FROM unnest(%s::bigint[]) AS n (identifier) CROSS JOIN unnest(%s::text[]) AS c (channel)
    CROSS JOIN LATERAL (
        SELECT (SELECT occurred_at FROM journeys_interaction WHERE identifier_id = n.identifier AND channel = c.channel
                ORDER BY occurred_at LIMIT 1) AS first,
               (SELECT occurred_at FROM journeys_interaction WHERE identifier_id = n.identifier AND channel = c.channel
                ORDER BY occurred_at DESC LIMIT 1) AS last
    ) AS k
"""
READ_LAST = """
    SELECT DISTINCT ON (n.customer) n.customer, k.id, k.occurred_at, k.channel
    FROM unnest(%s::bigint[], %s::bigint[]) AS n (customer, identifier) CROSS JOIN unnest(%s::text[]) AS c (channel)
    CROSS JOIN LATERAL (
        SELECT id, occurred_at, channel FROM journeys_interaction
        WHERE identifier_id = n.identifier AND channel = c.channel ORDER BY occurred_at DESC, id DESC LIMIT 1
    ) AS k
    ORDER BY n.customer, k.occurred_at DESC, k.id DESC
"""


@dataclass(frozen=True, slots=True)
class Last:
    """A customer's last interaction: its id, when, and through which channel."""

    id: int
    at: datetime
    channel: str


def ends(identifiers: Sequence[int]) -> tuple[datetime | None, datetime | None]:
    """When the first and the last interaction of these identifiers happened."""
    with cursor() as sql:
        sql.execute(READ_ENDS, [list(identifiers), list(Channel)])
        first, last = sql.fetchone() or (None, None)
    return first, last


def last_contacts(identifiers: Mapping[int, Iterable[int]]) -> dict[int, Last]:
    """The last interaction of each customer (by id) that has any; identifiers: the ids of each customer's."""
    pairs = [(customer, one) for customer, ids in identifiers.items() for one in ids]
    if not pairs:
        return {}
    with cursor() as sql:
        sql.execute(READ_LAST, [*(list(column) for column in zip(*pairs, strict=True)), list(Channel)])
        return {customer: Last(*last) for customer, *last in sql}
