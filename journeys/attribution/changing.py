"""What changed since a place: interactions that came, were added to, claimed for somebody, or wrapped up by staff."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from crm.sql import cursor

INTERACTIONS = "journeys_interaction"
TABLES = (INTERACTIONS, "journeys_part", "journeys_claim", "journeys_deed")
WITHDRAWN = "claims withdrawn"  # the place, in seconds, up to which those were looked at
RECENTLY = timedelta(minutes=10)  # longer than a claim takes to be taken back
FRESH = """
    SELECT i.id, i.id, i.identifier_id, coalesce(i.via_id, i.identifier_id), i.channel, i.occurred_at
    FROM journeys_interaction i WHERE i.id > %s AND i.id <= %s ORDER BY i.id LIMIT %s
"""
OF_KEYS = """
    SELECT n.id, i.id, i.identifier_id, coalesce(i.via_id, i.identifier_id), i.channel, i.occurred_at
    FROM (SELECT id, source_id, key FROM <table> WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS n
    LEFT JOIN LATERAL (
        SELECT * FROM journeys_interaction i WHERE i.key = n.key AND i.source_id = n.source_id LIMIT 1
    ) AS i ON true ORDER BY n.id
"""
WRAPPED = """
    SELECT n.id, i.id, i.identifier_id, coalesce(i.via_id, i.identifier_id), i.channel, i.occurred_at
    FROM (
        SELECT id, row_id FROM journeys_deed WHERE id > %s AND id <= %s AND kind = 'call' ORDER BY id LIMIT %s
    ) AS n
    LEFT JOIN journeys_call c ON c.id = n.row_id
    LEFT JOIN LATERAL (
        SELECT * FROM journeys_interaction i WHERE i.key = c.call_id AND i.source_id = c.source_id LIMIT 1
    ) AS i ON true ORDER BY n.id
"""
READ = {
    "journeys_interaction": FRESH,
    "journeys_part": OF_KEYS.replace("<table>", "journeys_part"),
    "journeys_claim": OF_KEYS.replace("<table>", "journeys_claim"),
    "journeys_deed": WRAPPED,
}
READ_WITHDRAWN = """
    SELECT n.id, i.id, i.identifier_id, coalesce(i.via_id, i.identifier_id), i.channel, i.occurred_at
    FROM journeys_claim n JOIN LATERAL (
        SELECT * FROM journeys_interaction i WHERE i.key = n.key AND i.source_id = n.source_id LIMIT 1
    ) AS i ON true
    WHERE n.withdrawn_at >= %s
"""


class Hit(NamedTuple):
    """A web interaction, by where its visit is found."""

    browser: int
    identifier: int
    at: datetime


class Change(NamedTuple):
    """What changed. hits: of the web; pages, calls, messages: numbers of interactions. rows: how many were looked at.

    places: up to where each table was looked at.
    """

    hits: set[Hit]
    pages: set[int]
    calls: set[int]
    messages: set[int]
    places: Mapping[str, int]
    rows: int


def changed_since(places: Mapping[str, int], ceilings: Mapping[str, int | None], limit: int) -> Change:
    """The next changes after these places, at most so many of each table and none past its ceiling."""
    change = Change(set(), set(), set(), set(), reached := {}, 0)
    rows = 0
    for table in TABLES:
        place, ceiling = places.get(table, 0), ceilings[table]
        if ceiling is not None and ceiling > place:
            found = read(READ[table], [place, ceiling, limit])
            note(change, found)
            rows += max(len(found), 1)
            reached[table] = found[-1][0] if len(found) >= limit else ceiling
    now = timezone.now()
    since = datetime.fromtimestamp(places.get(WITHDRAWN, 0), now.tzinfo) - RECENTLY
    note(change, read(READ_WITHDRAWN, [since]))
    return change._replace(rows=rows, places={**reached, WITHDRAWN: int(now.timestamp())})


def read(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with cursor() as sql:
        return sql.execute(statement.encode(), parameters).fetchall()


def note(change: Change, found: Iterable[tuple[Any, ...]]) -> None:
    """Add rows to what changed; a part of an interaction that waits for its owner is of none yet."""
    for _, row, identifier, browser, channel, at in found:
        if channel == "web":
            change.hits.add(Hit(browser, identifier, at))
            change.pages.add(row)
        elif channel == "call":
            change.calls.add(row)
        elif channel:
            change.messages.add(row)
