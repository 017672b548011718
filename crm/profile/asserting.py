"""Writing traits: bulk, idempotent, and the same whatever order they arrive in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crm.sql import cursor, recordset

MAX_VALUE = 1000
NAME_FIELDS = frozenset({"given_name", "surname", "full_name"})
PERSON_FIELDS = NAME_FIELDS | {"date_of_birth"}

ASSERT = """
    INSERT INTO crm_trait (identifier_id, source_id, name, value, first_seen_at, last_seen_at)
    SELECT n.identifier, n.source, n.name, n.value, min(n.at), max(n.at)
    FROM json_to_recordset(%s) AS n (identifier bigint, source bigint, name text, value text, at timestamptz)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4, 2
    ON CONFLICT (identifier_id, name, value, source_id) DO UPDATE
    SET first_seen_at = least(crm_trait.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(crm_trait.last_seen_at, excluded.last_seen_at)
    WHERE excluded.first_seen_at < crm_trait.first_seen_at OR excluded.last_seen_at > crm_trait.last_seen_at
    RETURNING identifier_id, name, xmax = 0
"""


@dataclass(frozen=True, slots=True)
class Asserted:
    """One value of one field, asserted about an identifier. at: aware."""

    identifier_id: int
    source_id: int
    name: str
    value: str
    at: datetime


def assert_traits(asserted: Iterable[Asserted]) -> set[int]:
    """Write traits; returns the identifiers about whose person (name, birth date) something new was said."""
    rows = [(t.identifier_id, t.source_id, t.name, t.value.strip()[:MAX_VALUE], t.at) for t in asserted]
    rows = [row for row in rows if row[3]]
    if not rows:
        return set()
    with cursor() as sql:
        sql.execute(ASSERT, [recordset("identifier source name value at", rows)])
        return {identifier for identifier, name, is_new in sql if is_new and name in PERSON_FIELDS}
