"""Reading what touches there are among interactions: visits from their first hit on, calls, and conversations."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from crm.sql import array, cursor
from journeys.attribution.changing import Hit as Changed
from journeys.attribution.touches import NO_MARKS, Hit, Touch, Visitor, marks_of, touches_of
from journeys.interactions.models import Session
from journeys.timeline.entries import Visit
from journeys.timeline.visits import stitch

# The sessions that these hits are in.
SESSIONS = """
    SELECT DISTINCT s.id, s.browser_id, s.identifier_id, s.started_at, s.ended_at
    FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS h (browser, identifier, at)
    CROSS JOIN LATERAL (
        SELECT * FROM journeys_session s
        WHERE s.browser_id = h.browser AND s.identifier_id = h.identifier AND s.started_at <= h.at
        ORDER BY s.started_at DESC LIMIT 1
    ) AS s
    WHERE s.ended_at >= h.at
"""
# What else there is of their browsers around: who signs in half-way goes on in a session of another identifier.
AROUND = """
    SELECT DISTINCT s.id, s.browser_id, s.identifier_id, s.started_at, s.ended_at
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS v (browser, first, last)
    CROSS JOIN LATERAL (
        SELECT * FROM journeys_session s
        WHERE s.browser_id = v.browser
          AND s.started_at BETWEEN v.first - interval '1 day' AND v.last + interval '1 day'
        ORDER BY s.started_at LIMIT 500
    ) AS s
"""
# Of each, the first hit that tells of a page, and those that tell what brought somebody. Nothing past the 2,000th: that
# is a robot, or a kiosk.
HITS = """
    SELECT v.n, h.id, h.occurred_at, h.campaign, h.clicks, h.referrer, h.url, h.path
    FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
         AS v (n, browser, identifier, first, last)
    CROSS JOIN LATERAL (
        SELECT *, row_number() OVER (ORDER BY t.occurred_at, t.key) AS place FROM (
            SELECT i.id, i.occurred_at, i.key, i.kind, i.data -> 'campaign' AS campaign,
                   i.data -> 'click_ids' AS clicks, i.data ->> 'referrer' AS referrer, i.data ->> 'url' AS url,
                   i.data ->> 'path' AS path
            FROM journeys_interaction i
            WHERE i.identifier_id = v.identifier AND i.channel = 'web' AND i.occurred_at BETWEEN v.first AND v.last
              AND coalesce(i.via_id, i.identifier_id) = v.browser
            ORDER BY i.occurred_at, i.id LIMIT 2000
        ) AS t
        WHERE t.kind IN ('page', 'screen') OR t.url <> '' OR t.path <> '' OR t.campaign IS NOT NULL
           OR t.clicks IS NOT NULL
    ) AS h
    WHERE h.place = 1 OR h.campaign IS NOT NULL OR h.clicks IS NOT NULL
    ORDER BY v.n, h.place
"""
CALLS = """
    SELECT i.id, i.identifier_id, i.via_id, i.occurred_at, q.name
    FROM journeys_interaction i
    LEFT JOIN journeys_call c ON c.call_id = i.key AND c.source_id = i.source_id
    LEFT JOIN journeys_queue q ON q.id = c.queue_id
    WHERE i.id = ANY(%s::bigint[]) AND i.channel = 'call' AND i.direction = 'in'
"""
# An e-mail that answers none, and a message before which there was none, either way, for a day. The messages of the day
# after one that came late are looked at again: they may begin nothing any more.
MESSAGES = """
    WITH came AS MATERIALIZED (
        SELECT i.id, i.identifier_id, i.channel, i.occurred_at FROM journeys_interaction i
        WHERE i.id = ANY(%s::bigint[])
    ), looked_at AS (
        SELECT id FROM came
        UNION
        SELECT n.id FROM came CROSS JOIN LATERAL (
            SELECT i.id FROM journeys_interaction i
            WHERE came.channel = 'social' AND i.identifier_id = came.identifier_id AND i.channel = 'social'
              AND i.occurred_at > came.occurred_at AND i.occurred_at <= came.occurred_at + interval '1 day'
            ORDER BY i.occurred_at LIMIT 200
        ) AS n
    )
    SELECT i.id, i.identifier_id, i.via_id, i.occurred_at, i.channel, i.data -> 'campaign',
        i.direction = 'in' AND CASE i.channel
            WHEN 'email' THEN coalesce(i.data ->> 'in_reply_to', '') = ''
                AND coalesce(i.data ->> 'is_automatic', '') <> 'true'
            ELSE i.kind = 'message' AND NOT EXISTS (
                SELECT 1 FROM journeys_interaction b
                WHERE b.identifier_id = i.identifier_id AND b.channel = 'social' AND b.kind = 'message'
                  AND b.occurred_at >= i.occurred_at - interval '1 day'
                  AND (b.occurred_at, b.id) < (i.occurred_at, i.id)
            ) END
    FROM looked_at JOIN journeys_interaction i ON i.id = looked_at.id
"""


class Part(NamedTuple):
    """A session: of which browser and whom, from when until when."""

    session: int
    browser: int
    identifier: int
    first: datetime
    last: datetime


def read_visits(hits: Collection[Changed]) -> tuple[list[Part], list[Touch]]:
    """The visits that these hits are in, by their sessions, and all their touches."""
    visits = visits_of(hits)
    parts = [part for visit in visits for part in visit]
    found = hits_of(parts)
    return parts, [touch for visit in visits for touch in touches_of(in_order(visit, found))]


def visits_of(hits: Collection[Changed]) -> list[list[Part]]:
    """The visits that these hits are in: sessions of one browser that follow each other."""
    if not hits:
        return []
    with cursor() as sql:
        sql.execute(SESSIONS, [array(column) for column in zip(*hits, strict=True)])
        touched = [Part(*row) for row in sql]
        asked = [(one.browser, one.first, one.last) for one in touched]
        around = sql.execute(AROUND, columns_of(asked)).fetchall() if asked else []
    numbers = {one.session for one in touched}
    stitched = stitch(
        Session(id=number, browser_id=browser, identifier_id=identifier, started_at=first, ended_at=last)
        for number, browser, identifier, first, last in around
    )
    return [parts for parts in map(parts_of, stitched) if any(one.session in numbers for one in parts)]


def parts_of(visit: Visit) -> list[Part]:
    return [Part(s.pk, s.browser_id, s.identifier_id, s.started_at, s.ended_at) for s in visit.sessions]


def in_order(visit: Iterable[Part], hits: Mapping[int, Sequence[Hit]]) -> list[tuple[Visitor, Hit]]:
    """The hits of a visit in their order, with whose they are."""
    found = [
        (Visitor(part.identifier, part.browser, part.session), hit)
        for part in visit
        for hit in hits.get(part.session, ())
    ]
    return sorted(found, key=lambda one: one[1].at)


def hits_of(parts: Sequence[Part]) -> dict[int, list[Hit]]:
    """Of each session (its number), the first hit and those that tell what brought somebody, in their order."""
    if not parts:
        return {}
    asked = [(n, one.browser, one.identifier, one.first, one.last) for n, one in enumerate(parts)]
    found: dict[int, list[Hit]] = {}
    with cursor() as sql:
        for n, *row in sql.execute(HITS, columns_of(asked)):
            found.setdefault(parts[n].session, []).append(hit(*row))
    return found


def columns_of(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    return [array(column) for column in zip(*rows, strict=True)]


def hit(row: int, at: datetime, campaign: str | None, clicks: str | None, *rest: str | None) -> Hit:
    referrer, url, path = (text or "" for text in rest)
    return Hit(row, at, told(campaign), told(clicks), referrer, url, path)


def told(said: str | None) -> dict[str, Any]:
    """An object of an interaction's data; what is none says nothing."""
    found = orjson.loads(said) if said else {}
    return found if isinstance(found, dict) else {}


def read_calls(interactions: Collection[int]) -> Iterator[Touch]:
    """The touches among calls: those that came in, answered or not."""
    for row, identifier, via, at, queue in rows(CALLS, interactions):
        yield Touch(row, identifier, via or 0, 0, at, "call", queue=queue or "")


def read_messages(interactions: set[int]) -> Iterator[Touch]:
    """The touches among e-mails and messages: those that begin a conversation. What turns out to be looked at as well
    is added to the interactions.
    """
    for row, identifier, via, at, channel, campaign, is_beginning in rows(MESSAGES, interactions):
        interactions.add(row)
        if is_beginning:
            marks = marks_of(told(campaign), {}) if campaign else NO_MARKS
            yield Touch(row, identifier, via or 0, 0, at, channel, marks)


def rows(statement: str, interactions: Iterable[int]) -> list[tuple[Any, ...]]:
    listed = sorted(interactions)
    if not listed:
        return []
    with cursor() as sql:
        return sql.execute(statement.encode(), [array(listed)]).fetchall()
