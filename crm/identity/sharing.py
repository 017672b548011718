"""Who shares a phone, an inbox or a browser: the customers on the other side of a shared identifier."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.reading import Reading, Statement
from crm.sql import array

SHARED_READ, SHARERS_READ = 20, 20
# The shared identifiers that are these or are tied to these, and the customers tied to each of them.
READ_SHARERS = """
    WITH shared AS (
        SELECT DISTINCT i.id, i.kind, i.value
        FROM unnest(%(identifiers)s::bigint[]) AS n (id)
        CROSS JOIN LATERAL (
            SELECT n.id
            UNION ALL
            (SELECT l.b_id FROM crm_link l
             WHERE l.a_id = n.id AND l.withdrawn_at IS NULL AND l.verdict = 'same' LIMIT %(read)s)
            UNION ALL
            (SELECT l.a_id FROM crm_link l
             WHERE l.b_id = n.id AND l.withdrawn_at IS NULL AND l.verdict = 'same' LIMIT %(read)s)
        ) AS tied (id)
        JOIN crm_identifier i ON i.id = tied.id AND i.shared <> ''
        LIMIT %(read)s
    )
    SELECT DISTINCT shared.id, shared.kind, shared.value, other.customer_id
    FROM shared CROSS JOIN LATERAL (
        (SELECT l.b_id FROM crm_link l
         WHERE l.a_id = shared.id AND l.withdrawn_at IS NULL AND l.verdict = 'same' LIMIT %(sharers)s)
        UNION ALL
        (SELECT l.a_id FROM crm_link l
         WHERE l.b_id = shared.id AND l.withdrawn_at IS NULL AND l.verdict = 'same' LIMIT %(sharers)s)
    ) AS tied (id)
    JOIN crm_identifier other ON other.id = tied.id
    WHERE other.id <> ALL(%(identifiers)s::bigint[])
    ORDER BY shared.id, other.customer_id
    LIMIT %(sharers)s
"""


@dataclass(frozen=True, slots=True)
class Sharer:
    """A customer (by id) who is tied to a shared identifier (its kind and value)."""

    customer_id: int
    kind: str
    value: str


def finding_sharers(customer_id: int, identifiers: Sequence[int]) -> Reading[list[Sharer]]:
    """The other customers who share something with the customer of these identifiers: SHARERS_READ at most."""
    asked = {"identifiers": array(identifiers), "read": SHARED_READ, "sharers": SHARERS_READ}
    [rows] = yield [Statement(READ_SHARERS, asked)]
    found = [Sharer(customer, kind, value) for _, kind, value, customer in rows]
    return [sharer for sharer in found if sharer.customer_id != customer_id]
