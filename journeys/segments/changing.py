"""Of whom something changed since a place: interactions, their parts and claims, how they felt, traits, consents, and
who is who.
"""

from collections.abc import Mapping
from typing import NamedTuple

from crm.sql import cursor

AT_ONCE = 1_000  # rows of each table
PREFIX = "seg:"  # before the name of a table, in what places are called
OF_IDENTIFIER = """
    SELECT n.id, i.customer_id FROM (
        SELECT id, identifier_id FROM <table> WHERE id > %s AND id <= %s ORDER BY id LIMIT %s
    ) AS n LEFT JOIN crm_identifier i ON i.id = n.identifier_id ORDER BY n.id
"""
OF_KEY = """
    SELECT n.id, i.customer_id FROM (
        SELECT id, source_id, key, identifier_id FROM <table> WHERE id > %s AND id <= %s ORDER BY id LIMIT %s
    ) AS n
    LEFT JOIN LATERAL (
        SELECT identifier_id, via_id FROM journeys_interaction i
        WHERE i.key = n.key AND i.source_id = n.source_id LIMIT 1
    ) AS said ON true
    LEFT JOIN crm_identifier i ON i.id IN (n.identifier_id, said.identifier_id, said.via_id) ORDER BY n.id
"""
OF_LOG = """
    SELECT n.id, c.customer::bigint FROM (
        SELECT id, moved FROM crm_identityevent WHERE id > %s AND id <= %s ORDER BY id LIMIT %s
    ) AS n
    LEFT JOIN LATERAL (
        SELECT one -> 1 AS customer FROM jsonb_array_elements(n.moved) AS one
        UNION SELECT one -> 2 FROM jsonb_array_elements(n.moved) AS one
    ) AS c ON jsonb_typeof(c.customer) = 'number' ORDER BY n.id
"""
# Claims that were taken back of late: no row is added for that.
TAKEN_BACK = """
    SELECT DISTINCT i.customer_id FROM journeys_claim n
    JOIN LATERAL (
        SELECT identifier_id, via_id FROM journeys_interaction i
        WHERE i.key = n.key AND i.source_id = n.source_id LIMIT 1
    ) AS said ON true
    JOIN crm_identifier i ON i.id IN (n.identifier_id, said.identifier_id, said.via_id)
    WHERE n.withdrawn_at >= now() - interval '2 minutes'
"""
READ: Mapping[str, str] = {
    "journeys_interaction": OF_IDENTIFIER.replace("<table>", "journeys_interaction"),
    "journeys_part": OF_KEY.replace("<table>", "journeys_part"),
    "journeys_claim": OF_KEY.replace("<table>", "journeys_claim"),
    "journeys_mood": OF_IDENTIFIER.replace("<table>", "journeys_mood"),
    "crm_trait": OF_IDENTIFIER.replace("<table>", "crm_trait"),
    "crm_consent": OF_IDENTIFIER.replace("<table>", "crm_consent"),
    "crm_identityevent": OF_LOG,
}


class Change(NamedTuple):
    """Of whom something changed (ids), and up to where each table was looked at."""

    customers: set[int]
    places: dict[str, int]


def changed_since(places: Mapping[str, int], ceilings: Mapping[str, int | None]) -> Change:
    """The next changes after these places, none past a table's ceiling."""
    found = Change(set(), {})
    with cursor() as sql:
        for table, statement in READ.items():
            place, ceiling = places[table], ceilings[table]
            if ceiling is not None and ceiling > place:
                rows = sql.execute(statement.encode(), [place, ceiling, AT_ONCE]).fetchall()
                found.customers.update(customer for _, customer in rows if customer is not None)
                read = len({row for row, _ in rows})
                found.places[table] = rows[-1][0] if read >= AT_ONCE else ceiling
        found.customers.update(one for (one,) in sql.execute(TAKEN_BACK.encode()))
    return found
