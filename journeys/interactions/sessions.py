"""Web sessions: hits of one browser without a gap of half an hour. Intervals merge in any order to the same end."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from crm.sql import array, cursor, recordset

GAP = timedelta(minutes=30)  # the statements below say it too

# The sessions that a span `g` touches. Sessions of one owner do not overlap, so the last that begins before is enough.
# OFFSET 0: looked up span by span; joined, every session there is would be read while they are few enough to tempt.
NEARBY = """
    SELECT * FROM journeys_session s
    WHERE s.browser_id = g.browser AND s.identifier_id = g.identifier
      AND s.started_at <= g.ended + interval '30 minutes' AND s.ended_at >= g.started - interval '30 minutes'
      AND s.started_at >= coalesce(
          (SELECT max(b.started_at) FROM journeys_session b WHERE b.browser_id = g.browser
           AND b.identifier_id = g.identifier AND b.started_at < g.started - interval '30 minutes'),
          g.started - interval '30 minutes')
    OFFSET 0
"""
# Nearly every span meets one session or none: those are extended and made here, the rest is returned.
EXTEND = """
    WITH g AS MATERIALIZED (
        SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[],
                             %s::int[], %s::int[]) AS g (n, browser, identifier, source, started, ended, hits, pages)
    ), near AS MATERIALIZED (
        SELECT g.n, s.id, count(*) OVER (PARTITION BY g.n) AS sessions, count(*) OVER (PARTITION BY s.id) AS spans
        FROM g CROSS JOIN LATERAL (<nearby>) AS s
    ), extended AS (
        UPDATE journeys_session t
        SET source_id = CASE WHEN (g.started, g.source) < (t.started_at, t.source_id) THEN g.source
                             ELSE t.source_id END,
            started_at = least(t.started_at, g.started), ended_at = greatest(t.ended_at, g.ended),
            hits = t.hits + g.hits, pages = t.pages + g.pages
        FROM near JOIN g USING (n) WHERE near.sessions = 1 AND near.spans = 1 AND t.id = near.id
    ), made AS (
        INSERT INTO journeys_session (browser_id, identifier_id, source_id, started_at, ended_at, hits, pages)
        SELECT g.browser, g.identifier, g.source, g.started, g.ended, g.hits, g.pages
        FROM g WHERE NOT EXISTS (SELECT 1 FROM near WHERE near.n = g.n)
    )
    SELECT DISTINCT n FROM near WHERE sessions > 1 OR spans > 1
""".replace("<nearby>", NEARBY)
NEAR = """
    SELECT s.id, s.browser_id, s.identifier_id, s.source_id, s.started_at, s.ended_at, s.hits, s.pages
    FROM json_to_recordset(%s) AS g (browser bigint, identifier bigint, started timestamptz, ended timestamptz)
    CROSS JOIN LATERAL (<nearby>) AS s
""".replace("<nearby>", NEARBY)
INSERT = """
    INSERT INTO journeys_session (browser_id, identifier_id, source_id, started_at, ended_at, hits, pages)
    SELECT * FROM json_to_recordset(%s) AS n (browser bigint, identifier bigint, source bigint,
        started timestamptz, ended timestamptz, hits int, pages int)
"""
UPDATE = """
    UPDATE journeys_session t
    SET source_id = n.source, started_at = n.started, ended_at = n.ended, hits = n.hits, pages = n.pages
    FROM json_to_recordset(%s) AS n (id bigint, source bigint,
        started timestamptz, ended timestamptz, hits int, pages int)
    WHERE t.id = n.id
"""
SHAPE = "source started ended hits pages"

Owner = tuple[int, int]  # browser id, identifier id


class Span(NamedTuple):
    """A session, or the beginning of one. source_id: of its first hit; of two at once, the lower id's.

    ids: of the stored sessions that it is made of.
    """

    started_at: datetime
    ended_at: datetime
    hits: int
    pages: int
    source_id: int
    ids: tuple[int, ...] = ()

    def joined(self, other: "Span") -> "Span":
        """The two as one session."""
        started_at, source_id = min((self.started_at, self.source_id), (other.started_at, other.source_id))
        return Span(
            started_at=started_at,
            ended_at=max(self.ended_at, other.ended_at),
            hits=self.hits + other.hits,
            pages=self.pages + other.pages,
            source_id=source_id,
            ids=tuple(sorted(self.ids + other.ids)),
        )


def united(spans: Sequence[Span]) -> list[Span]:
    """Join spans that lie within the gap of each other; returns them by start."""
    if len(spans) == 1:
        return list(spans)
    result: list[Span] = []
    for span in sorted(spans, key=lambda s: s.started_at):
        if result and span.started_at - result[-1].ended_at <= GAP:
            result[-1] = result[-1].joined(span)
        else:
            result.append(span)
    return result


def extend_sessions(hits: Mapping[Owner, Sequence[Span]]) -> None:
    """Fold new hits into the stored sessions of their browsers. The caller holds the browsers' locks."""
    fresh = [(owner, span) for owner, spans in hits.items() for span in united(spans)]
    if not fresh:
        return
    rows = ((n, *owner, *facts(span)) for n, (owner, span) in enumerate(fresh))
    with cursor() as sql:
        sql.execute(EXTEND, [array(column) for column in zip(*rows, strict=True)])
        left = [fresh[n] for (n,) in sql]
    if left:
        merge_sessions(left)


def facts(span: Span) -> tuple[Any, ...]:
    return span.source_id, span.started_at, span.ended_at, span.hits, span.pages


def merge_sessions(fresh: Sequence[tuple[Owner, Span]]) -> None:
    """Fold spans that join sessions with each other."""
    by_owner: dict[Owner, list[Span]] = {}
    for owner, span in fresh:
        by_owner.setdefault(owner, []).append(span)
    stored = read_near(by_owner)
    inserts: list[tuple[Any, ...]] = []
    updates: list[tuple[Any, ...]] = []
    gone: list[int] = []
    for owner, spans in by_owner.items():
        old = stored.get(owner, [])
        for span in united([*spans, *{span.ids: span for span in old}.values()]):
            if span.ids:
                updates.append((span.ids[0], *facts(span)))
                gone += span.ids[1:]
            else:
                inserts.append((*owner, *facts(span)))
    with cursor() as sql:
        if gone:
            sql.execute("DELETE FROM journeys_session WHERE id = ANY(%s)", [gone])
        if updates:
            sql.execute(UPDATE, [recordset(f"id {SHAPE}", updates)])
        if inserts:
            sql.execute(INSERT, [recordset(f"browser identifier {SHAPE}", inserts)])


def read_near(fresh: Mapping[Owner, Sequence[Span]]) -> dict[Owner, list[Span]]:
    """The stored sessions that touch the new spans, by owner; one may be there twice."""
    bounds = [(*owner, span.started_at, span.ended_at) for owner, spans in fresh.items() for span in spans]
    found: dict[Owner, list[Span]] = {}
    with cursor() as sql:
        sql.execute(NEAR, [recordset("browser identifier started ended", bounds)])
        for row_id, browser, identifier, source, started, ended, hits, pages in sql:
            span = Span(started, ended, hits, pages, source, (row_id,))
            found.setdefault((browser, identifier), []).append(span)
    return found
