"""Reading everybody's interactions, newest first: pages by keyset, each of a bounded number of rows."""

from crm.privacy.withholding import OPEN
from crm.reading import read
from journeys.timeline.lanes import Filters, Lane, interaction, scanning
from journeys.timeline.positions import INTERACTION, Position
from journeys.timeline.reading import FIRST_STEP, SCANNED, Stretch

# As the lanes of one customer, keys first; an index gives the order, so filters are tried row by row.
LATEST = """
    WITH keys AS MATERIALIZED (
        SELECT i.id, i.occurred_at FROM journeys_interaction i
        WHERE (i.occurred_at, i.id) < (%(at)s, %(id)s)
        ORDER BY i.occurred_at DESC, i.id DESC LIMIT %(limit)s
    )
    SELECT keys.occurred_at, keys.id, keys.n, m.* FROM (SELECT *, row_number() OVER () AS n FROM keys) AS keys
    LEFT JOIN LATERAL (
        SELECT i.identifier_id, i.via_id, i.source_id, i.key, i.channel, i.kind, i.direction, i.recorded_at, i.title,
               left(i.body, %(body)s), i.data - 'html' AS data
        FROM journeys_interaction i
        WHERE i.id = keys.id
          AND (%(channels)s::text[] = '{}' OR i.channel = ANY(%(channels)s::text[]))
          AND (i.channel <> 'web' OR IS_OPEN)
          AND (%(source)s::bigint IS NULL OR i.source_id = %(source)s)
          AND (%(direction)s = '' OR i.direction = %(direction)s)
          AND (%(kind)s = '' OR i.kind = %(kind)s)
          AND (%(text)s = '' OR i.title ILIKE %(text)s OR i.body ILIKE %(text)s OR i.data ->> 'url' ILIKE %(text)s)
          AND (%(hidden)s = '' OR concat_ws(' ', i.title, i.body, i.data::text) !~* %(hidden)s)
    ) AS m ON true
    WHERE m.identifier_id IS NOT NULL OR keys.n = %(limit)s
    ORDER BY keys.occurred_at DESC, keys.id DESC
"""
LATEST = LATEST.replace("IS_OPEN", OPEN.format("i.identifier_id"))


def read_latest(filters: Filters, before: Position, limit: int) -> Stretch:
    """The newest interactions older than `before`. The caller has made sure that they may be seen."""
    lane = Lane(INTERACTION, LATEST, tuple(sorted(filters.channels)), interaction)
    found, size, looked_at = Stretch(end=before), (limit + 1 if filters.shows_all else FIRST_STEP), 0
    while found.end and looked_at < SCANNED:
        chunk = read(scanning(lane, (), filters, found.end, size))
        found.rows += chunk.rows
        found.end = chunk.edge
        if len(found.rows) > limit:
            found.rows = found.rows[:limit]
            found.end = found.rows[-1][0]
            break
        looked_at += size
        size = min(2 * size, SCANNED - looked_at)
    return found
