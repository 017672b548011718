"""Reading what touches there are among interactions: visits from their first hit on, calls, and conversations."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from crm.sql import array, cursor
from journeys.attribution.changing import Hit as Changed
from journeys.attribution.touches import NO_MARKS, Hit, Touch, Visitor, marks_of, touches_of

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


class Visit(NamedTuple):
    """A session: of which browser and whom, from when until when."""

    session: int
    browser: int
    identifier: int
    first: datetime
    last: datetime


def read_visits(hits: Collection[Changed]) -> tuple[list[Visit], list[Touch]]:
    """The visits that these hits are in, and all their touches."""
    if not hits:
        return [], []
    with cursor() as sql:
        sql.execute(SESSIONS, [array(column) for column in zip(*hits, strict=True)])
        visits = sorted(Visit(*row) for row in sql)
        asked = [(n, one.browser, one.identifier, one.first, one.last) for n, one in enumerate(visits)]
        found = sql.execute(HITS, [array(column) for column in zip(*asked, strict=True)]).fetchall() if asked else []
    hits_of: dict[int, list[Hit]] = {}
    for n, *row in found:
        hits_of.setdefault(n, []).append(hit(*row))
    return visits, [
        touch
        for n, some in hits_of.items()
        for touch in touches_of(Visitor(visits[n].identifier, visits[n].browser, visits[n].session), some)
    ]


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
