"""Writing traits: bulk, idempotent, and the same whatever order they arrive in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from crm.identity import due
from crm.profile.fields import COMPARED_FIELDS, PERSON_FIELDS
from crm.reading import Reading, answering, read
from crm.sql import recordset

MAX_VALUE = 1000

# A day that is known already is no news, so that what is said a hundred times a day is written once for its day.
ASSERT: LiteralString = """
    INSERT INTO crm_trait AS t (identifier_id, source_id, name, value, first_seen_at, last_seen_at, days, is_verified)
    SELECT n.identifier, n.source, n.name, n.value, min(n.at), max(n.at),
        array_agg(DISTINCT (n.at AT TIME ZONE 'UTC')::date), bool_or(n.verified)
    FROM json_to_recordset(%s) AS n
        (identifier bigint, source bigint, name text, value text, at timestamptz, verified bool)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4, 2
    ON CONFLICT (identifier_id, name, value, source_id) DO UPDATE
    SET first_seen_at = least(t.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at),
        days = CASE WHEN t.days @> excluded.days THEN t.days ELSE ARRAY(
            SELECT DISTINCT day FROM unnest(t.days || excluded.days || (t.first_seen_at AT TIME ZONE 'UTC')::date
                || (t.last_seen_at AT TIME ZONE 'UTC')::date) AS known (day) ORDER BY day) END,
        is_verified = t.is_verified OR excluded.is_verified
    WHERE excluded.first_seen_at < t.first_seen_at OR excluded.last_seen_at > t.last_seen_at
        OR NOT t.days @> excluded.days OR excluded.is_verified > t.is_verified
    RETURNING identifier_id, name, xmax = 0
"""


@dataclass(frozen=True, slots=True)
class Asserted:
    """One value of one field, asserted about an identifier. at: aware. is_verified: whoever says so has checked it."""

    identifier_id: int
    source_id: int
    name: str
    value: str
    at: datetime
    is_verified: bool = False


def assert_traits(asserted: Iterable[Asserted]) -> set[int]:
    """Write traits; returns the identifiers about whose person (name, birth date) something new was said."""
    return read(asserting(asserted))


def asserting(asserted: Iterable[Asserted]) -> Reading[set[int]]:
    """As `assert_traits`, beside other readings."""
    rows = [(t.identifier_id, t.source_id, t.name, t.value.strip()[:MAX_VALUE], t.at, t.is_verified) for t in asserted]
    rows = [row for row in rows if row[3]]
    if not rows:
        return set()
    told = recordset("identifier source name value at verified", rows)
    written = yield from answering(ASSERT, [told])
    new = [(identifier, name) for identifier, name, is_new in written if is_new]
    due.mark({identifier for identifier, name in new if name in COMPARED_FIELDS})
    return {identifier for identifier, name in new if name in PERSON_FIELDS}
