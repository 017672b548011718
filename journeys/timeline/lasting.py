"""How far a customer's stream reaches: the first and the last thing that happened, one index step per lane."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.privacy.withholding import OPEN
from crm.reading import Reading, Statement, read
from crm.sql import array
from journeys.interactions.drafts import Channel
from journeys.timeline.lanes import OPEN_LANES

READ_REACH = """
    SELECT min(k.occurred_at), max(k.occurred_at), array_agg(DISTINCT k.source_id)
    FROM OPEN_LANES
    CROSS JOIN LATERAL (
        (SELECT occurred_at, source_id FROM journeys_interaction
         WHERE identifier_id = n.identifier AND channel = n.channel ORDER BY occurred_at LIMIT 1)
        UNION ALL
        (SELECT occurred_at, source_id FROM journeys_interaction
         WHERE identifier_id = n.identifier AND channel = n.channel ORDER BY occurred_at DESC LIMIT 1)
    ) AS k
"""
READ_REACH = READ_REACH.replace("OPEN_LANES", OPEN_LANES)
READ_LAST = """
    SELECT DISTINCT ON (n.customer) n.customer, k.id, k.occurred_at, k.channel
    FROM (
        SELECT o.customer, o.identifier, c.channel
        FROM unnest(%s::bigint[], %s::bigint[]) AS o (customer, identifier) CROSS JOIN unnest(%s::text[]) AS c (channel)
        WHERE c.channel <> 'web' OR IS_OPEN OFFSET 0
    ) AS n
    CROSS JOIN LATERAL (
        SELECT id, occurred_at, channel FROM journeys_interaction
        WHERE identifier_id = n.identifier AND channel = n.channel ORDER BY occurred_at DESC, id DESC LIMIT 1
    ) AS k
    ORDER BY n.customer, k.occurred_at DESC, k.id DESC
"""
READ_LAST = READ_LAST.replace("IS_OPEN", OPEN.format("o.identifier"))


@dataclass(frozen=True, slots=True)
class Last:
    """A customer's last interaction: its id, when, and through which channel."""

    id: int
    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class Reach:
    """When a customer's first and last interaction happened, and the sources (ids) of those on each channel."""

    first: datetime | None
    last: datetime | None
    sources: list[int]


def reaching(identifiers: Sequence[int]) -> Reading[Reach]:
    """How far the interactions of these identifiers reach."""
    [[(first, last, sources)]] = yield [
        Statement(READ_REACH, {"identifiers": array(identifiers), "channels": list(Channel)})
    ]
    return Reach(first, last, sources or [])


def last_contacts(identifiers: Mapping[int, Iterable[int]]) -> dict[int, Last]:
    """The last interaction of each customer (by id) that has any; identifiers: the ids of each customer's."""
    pairs = [(customer, one) for customer, ids in identifiers.items() for one in ids]
    if not pairs:
        return {}
    return read(lasting(pairs))


def lasting(pairs: Sequence[tuple[int, int]]) -> Reading[dict[int, Last]]:
    """The last interaction of each customer that has any. pairs: (customer id, identifier id)."""
    [rows] = yield [Statement(READ_LAST, [*(array(column) for column in zip(*pairs, strict=True)), list(Channel)])]
    return {customer: Last(*last) for customer, *last in rows}
