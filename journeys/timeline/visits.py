"""Visits: sessions of one browser put together again where somebody signed in half-way, and their steps."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from crm.reading import Reading, Statement, read
from crm.sql import array, cursor
from journeys.interactions.models import Interaction, Session
from journeys.interactions.sessions import GAP
from journeys.timeline.entries import Visit
from journeys.timeline.lanes import session

LONGEST = timedelta(hours=12)  # a session that lasts longer (a robot, a kiosk) continues no visit
FOLLOWING = 5 * LONGEST  # how far above a page what goes on from it is looked for
AROUND = 5  # times that a visit is looked at again for what goes on at its ends
MOST = 1_000  # sessions around a page; there are two an hour for most, of each browser and identifier
STEPS = 50
# Only what is near in time is read: of 240 browsers and identifiers, one by one, the last before and those after took
# 8 ms, for .2.
NEIGHBOURS = """
    SELECT s.started_at, s.id, s.browser_id, s.identifier_id, s.source_id, s.ended_at, s.hits, s.pages
    FROM unnest(%(browsers)s::bigint[]) AS b (browser)
    CROSS JOIN LATERAL (
        SELECT * FROM journeys_session s
        WHERE s.browser_id = b.browser AND s.identifier_id = ANY(%(identifiers)s::bigint[])
          AND s.started_at BETWEEN %(since)s AND %(until)s
        OFFSET 0
    ) AS s
    ORDER BY s.started_at LIMIT %(most)s
"""
READ_STEPS = """
    SELECT h.id, h.occurred_at, h.kind, h.title, h.data
    FROM unnest(%(browsers)s::bigint[], %(identifiers)s::bigint[], %(first)s::timestamptz[], %(last)s::timestamptz[])
         AS p (browser, identifier, first, last)
    CROSS JOIN LATERAL (
        SELECT i.id, i.occurred_at, i.kind, i.title, i.data FROM journeys_interaction i
        WHERE i.identifier_id = p.identifier AND i.channel = 'web' AND i.occurred_at BETWEEN p.first AND p.last
          AND (i.occurred_at, i.id) > (%(at)s, %(id)s) AND coalesce(i.via_id, i.identifier_id) = p.browser
        ORDER BY i.occurred_at, i.id LIMIT %(limit)s
    ) AS h
    ORDER BY h.occurred_at, h.id LIMIT %(limit)s
"""
# The first hit of a visit and the last; of hits at one moment, their keys decide.
READ_ENDS = """
    SELECT p.n, landing.told, leaving.told
    FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[], %s::timestamptz[])
         AS p (n, browser, first_identifier, first, last_identifier, last)
    LEFT JOIN LATERAL (
        SELECT i.data || jsonb_build_object('title', i.title, 'kind', i.kind) AS told FROM journeys_interaction i
        WHERE i.identifier_id = p.first_identifier AND i.channel = 'web' AND i.occurred_at = p.first
          AND coalesce(i.via_id, i.identifier_id) = p.browser
        ORDER BY i.key LIMIT 1
    ) AS landing ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_build_object('title', i.title, 'kind', i.kind, 'url', i.data -> 'url') AS told
        FROM journeys_interaction i
        WHERE i.identifier_id = p.last_identifier AND i.channel = 'web' AND i.occurred_at = p.last
          AND coalesce(i.via_id, i.identifier_id) = p.browser
        ORDER BY i.key DESC LIMIT 1
    ) AS leaving ON true
"""
Step = tuple[datetime, int]


def stitch(sessions: Iterable[Session]) -> list[Visit]:
    """Put sessions together that follow each other in one browser within the gap. Any order; pure."""
    chains: list[list[Session]] = []
    for one in sorted(sessions, key=lambda s: (s.browser_id, s.started_at, s.pk)):
        chain = chains[-1] if chains else []
        if chain and chain[0].browser_id == one.browser_id and one.started_at <= reach(chain):
            chain.append(one)
        else:
            chains.append([one])
    return [Visit(tuple(chain)) for chain in chains]


def reach(chain: Iterable[Session]) -> datetime:
    """Until when a session may start that continues these."""
    return max(min(one.ended_at + GAP, one.started_at + LONGEST) for one in chain)


def visiting(sessions: Collection[Session], identifiers: Sequence[int]) -> Reading[list[Visit]]:
    """The visits that begin among these sessions, whole, in one step: what goes on above the page is added, and a
    session that goes on from below the page is left for that page.

    sessions: all of the customer's in some stretch of time. identifiers: all of the customer's.
    """
    if not sessions:
        return []
    here = {one.pk for one in sessions}
    edge = [one for one in sessions if is_near_edge(one, sessions)]
    beyond = yield from neighbouring(edge, sessions, identifiers)
    by_id = {one.pk: one for one in [*beyond, *sessions]}
    return [visit for visit in stitch(by_id.values()) if visit.head.pk in here]


def is_near_edge(one: Session, sessions: Iterable[Session]) -> bool:
    """Whether a session's visit may go on above or below this stretch of time."""
    starts = [other.started_at for other in sessions]
    return one.started_at - min(starts) <= LONGEST or reach([one]) >= max(starts)


def visit_around(one: Session, identifiers: Sequence[int]) -> Visit:
    """The whole visit that a session belongs to. identifiers: all of the customer's."""
    visit = Visit((one,))
    for _ in range(AROUND):
        beyond = read(neighbouring([one], visit.sessions, identifiers))
        around = {s.pk: s for s in [*beyond, *visit.sessions]}
        wider = next(found for found in stitch(around.values()) if one.pk in {s.pk for s in found.sessions})
        if len(wider.sessions) == len(visit.sessions):
            break
        visit = wider
    return visit


def ending(visits: Sequence[Visit]) -> Reading[list[Visit]]:
    """The same visits with their landing and exit read."""
    if not visits:
        return []
    bounds = [
        (n, v.head.browser_id, v.head.identifier_id, v.head.started_at, v.last.identifier_id, v.last.ended_at)
        for n, v in enumerate(visits)
    ]
    [rows] = yield [Statement(READ_ENDS, [array(column) for column in zip(*bounds, strict=True)])]
    return [
        replace(visits[n], landing=orjson.loads(first or "{}"), exit=orjson.loads(last or "{}"))
        for n, first, last in rows
    ]


def session_of(hit: Interaction) -> Session | None:
    """The session that a web interaction is in."""
    sessions = Session.objects.filter(browser=hit.via_id or hit.identifier_id, identifier=hit.identifier_id)
    return sessions.filter(started_at__lte=hit.occurred_at).order_by("-started_at").first()


def neighbouring(
    those: Iterable[Session], sessions: Collection[Session], identifiers: Sequence[int]
) -> Reading[list[Session]]:
    """The sessions of those sessions' browsers next to this stretch of time, on either side."""
    parameters = {
        "browsers": array({one.browser_id for one in those}),
        "identifiers": array(identifiers),
        "since": min(one.started_at for one in sessions) - LONGEST,
        "until": max(one.started_at for one in sessions) + FOLLOWING,
        "most": MOST,
    }
    [rows] = yield [Statement(NEIGHBOURS, parameters)]
    return [session(*row) for row in rows]


def read_steps(visit: Visit, after: Step | None = None, limit: int = STEPS) -> tuple[list[Interaction], Step | None]:
    """The hits of a visit in their order, after (time, id); and where the next ones go on, when there are more."""
    at, row_id = after or (datetime.min.replace(tzinfo=UTC), 0)
    parts = [(s.browser_id, s.identifier_id, s.started_at, s.ended_at) for s in visit.sessions]
    columns: list[Any] = [list(column) for column in zip(*parts, strict=True)]
    names = dict(zip(("browsers", "identifiers", "first", "last"), columns, strict=True))
    with cursor() as sql:
        sql.execute(READ_STEPS, {**names, "at": at, "id": row_id, "limit": limit + 1})
        hits = [
            Interaction(id=row, occurred_at=time, channel="web", kind=kind, title=title, data=orjson.loads(data))
            for row, time, kind, title, data in sql
        ]
    is_more = len(hits) > limit
    return hits[:limit], (hits[limit - 1].occurred_at, hits[limit - 1].pk) if is_more else None
