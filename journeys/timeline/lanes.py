"""The lanes of a customer's stream: reads of one table each, through an index, of a bounded number of rows.

A customer has few identifiers and an identifier may have many interactions, so each lane takes the first n of every
identifier (LATERAL) and of those the first n: 0.75 ms on a customer with 100,000 interactions, where a join takes 166.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from crm.privacy.withholding import OPEN
from crm.reading import Reading, Statement
from crm.sql import array
from journeys.interactions.drafts import Channel
from journeys.interactions.models import Interaction, Session
from journeys.timeline.positions import DEED, INTERACTION, SESSION, Position
from journeys.work.models import Deed

# Every identifier on every channel asked for, without the browsing that is withheld. Fenced, so that it comes first.
OPEN_LANES = """(
    SELECT o.identifier, c.channel
    FROM unnest(%(identifiers)s::bigint[]) AS o (identifier) CROSS JOIN unnest(%(channels)s::text[]) AS c (channel)
    WHERE c.channel <> 'web' OR IS_OPEN OFFSET 0
) AS n""".replace("IS_OPEN", OPEN.format("o.identifier"))
BODY_READ = 6_000  # characters; the interaction's own page shows all of it

# Keys first (from the index alone), then the rows of the keys that are left. A row that does not match comes only when
# it is the last of all that were asked for, without columns: reading two thousand of them took Python 30 ms.
INTERACTIONS = """
    WITH keys AS MATERIALIZED (
        SELECT k.id, k.occurred_at
        FROM OPEN_LANES
        CROSS JOIN LATERAL (
            SELECT i.id, i.occurred_at FROM journeys_interaction i
            WHERE i.identifier_id = n.identifier AND i.channel = n.channel
              AND (i.occurred_at, i.id) < (%(at)s, %(id)s)
            ORDER BY i.occurred_at DESC, i.id DESC LIMIT %(limit)s
        ) AS k
        ORDER BY k.occurred_at DESC, k.id DESC LIMIT %(limit)s
    )
    SELECT keys.occurred_at, keys.id, keys.n, m.* FROM (SELECT *, row_number() OVER () AS n FROM keys) AS keys
    LEFT JOIN LATERAL (
        SELECT i.identifier_id, i.via_id, i.source_id, i.key, i.channel, i.kind, i.direction, i.recorded_at, i.title,
               left(i.body, %(body)s), i.data - 'html' AS data
        FROM journeys_interaction i
        WHERE i.id = keys.id
          AND (%(source)s::bigint IS NULL OR i.source_id = %(source)s)
          AND (%(direction)s = '' OR i.direction = %(direction)s)
          AND (%(kind)s = '' OR i.kind = %(kind)s)
          AND (%(text)s = '' OR i.title ILIKE %(text)s OR i.body ILIKE %(text)s OR i.data ->> 'url' ILIKE %(text)s)
          AND (%(hidden)s = '' OR concat_ws(' ', i.title, i.body, i.data::text) !~* %(hidden)s)
    ) AS m ON true
    WHERE m.identifier_id IS NOT NULL OR keys.n = %(limit)s
    ORDER BY keys.occurred_at DESC, keys.id DESC
"""
SESSIONS = """
    WITH keys AS MATERIALIZED (
        SELECT k.id, k.started_at
        FROM (SELECT identifier FROM unnest(%(identifiers)s::bigint[]) AS o (identifier) WHERE IS_OPEN OFFSET 0) AS n
        CROSS JOIN LATERAL (
            SELECT s.id, s.started_at FROM journeys_session s
            WHERE s.identifier_id = n.identifier AND (s.started_at, s.id) < (%(at)s, %(id)s)
            ORDER BY s.started_at DESC, s.id DESC LIMIT %(limit)s
        ) AS k
        ORDER BY k.started_at DESC, k.id DESC LIMIT %(limit)s
    )
    SELECT keys.started_at, keys.id, keys.n, m.* FROM (SELECT *, row_number() OVER () AS n FROM keys) AS keys
    LEFT JOIN LATERAL (
        SELECT s.browser_id, s.identifier_id, s.source_id, s.ended_at, s.hits, s.pages
        FROM journeys_session s
        WHERE s.id = keys.id
          AND (%(source)s::bigint IS NULL OR s.source_id = %(source)s)
          AND %(direction)s IN ('', 'in')
          AND (%(text)s = '' OR EXISTS (
              SELECT 1 FROM journeys_interaction i
              WHERE i.identifier_id = s.identifier_id AND i.channel = 'web'
                AND i.occurred_at BETWEEN s.started_at AND s.ended_at
                AND coalesce(i.via_id, i.identifier_id) = s.browser_id
                AND (i.title ILIKE %(text)s OR i.data ->> 'url' ILIKE %(text)s)
                AND (%(hidden)s = '' OR concat_ws(' ', i.title, i.body, i.data::text) !~* %(hidden)s)))
    ) AS m ON true
    WHERE m.identifier_id IS NOT NULL OR keys.n = %(limit)s
    ORDER BY keys.started_at DESC, keys.id DESC
"""
DEEDS = """
    WITH keys AS MATERIALIZED (
        SELECT k.id, k.at
        FROM unnest(%(identifiers)s::bigint[]) AS n (identifier)
        CROSS JOIN LATERAL (
            SELECT d.id, d.at FROM journeys_deed d
            WHERE d.identifier_id = n.identifier AND (d.at, d.id) < (%(at)s, %(id)s)
            ORDER BY d.at DESC, d.id DESC LIMIT %(limit)s
        ) AS k
        ORDER BY k.at DESC, k.id DESC LIMIT %(limit)s
    )
    SELECT keys.at, keys.id, keys.n, m.* FROM (SELECT *, row_number() OVER () AS n FROM keys) AS keys
    LEFT JOIN LATERAL (
        SELECT d.identifier_id, d.kind, d.row_id, d.said, d.undone_at,
               coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username, d.by) AS by
        FROM journeys_deed d LEFT JOIN auth_user u ON u.id = d.actor_id
        WHERE d.id = keys.id AND (%(text)s = '' OR d.said ILIKE %(text)s AND d.undone_at IS NULL)
          AND (%(hidden)s = '' OR d.said !~* %(hidden)s)
    ) AS m ON true
    WHERE m.identifier_id IS NOT NULL OR keys.n = %(limit)s
    ORDER BY keys.at DESC, keys.id DESC
"""
INTERACTIONS = INTERACTIONS.replace("OPEN_LANES", OPEN_LANES)
SESSIONS = SESSIONS.replace("IS_OPEN", OPEN.format("o.identifier"))
INTERACTION_FIELDS = (
    "identifier_id", "via_id", "source_id", "key", "channel", "kind", "direction", "recorded_at", "title", "body",
)  # fmt: skip
SESSION_FIELDS = ("browser_id", "identifier_id", "source_id", "ended_at", "hits", "pages")
DEED_FIELDS = ("identifier_id", "kind", "row_id", "said", "undone_at", "by")
Row = Interaction | Session | Deed


class Filters(NamedTuple):
    """What of the stream is asked for. channels: empty for all. text: a substring, in any case; empty for all.

    kind: of interactions; only a flat page may ask for one, as a visit is of many kinds. hidden: a regular expression
    of what no text may find: else somebody could ask whether there is what they may not see.
    """

    channels: frozenset[str] = frozenset()
    source_id: int | None = None
    direction: str = ""
    text: str = ""
    kind: str = ""
    hidden: str = ""

    @property
    def scans(self) -> bool:
        """Whether rows have to be looked at one by one: no index knows of these."""
        return bool(self.source_id or self.direction or self.text or self.kind)

    @property
    def shows_all(self) -> bool:
        return not (self.channels or self.scans)


@dataclass(frozen=True, slots=True)
class Lane:
    """One table's part in the stream. build: makes a row of the table's model from what the statement returns."""

    rank: int
    statement: str
    channels: tuple[str, ...]
    build: Callable[..., Row]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one read of a lane found. edge: the last position that it looked at; None when it came to the end."""

    rows: list[tuple[Position, Any]]
    edge: Position | None


def interaction(at: Any, row_id: int, *columns: Any) -> Interaction:
    *plain, data = columns
    fields = dict(zip(INTERACTION_FIELDS, plain, strict=True))
    return Interaction(id=row_id, occurred_at=at, data=orjson.loads(data), **fields)


def session(at: Any, row_id: int, *columns: Any) -> Session:
    return Session(id=row_id, started_at=at, **dict(zip(SESSION_FIELDS, columns, strict=True)))


def deed(at: Any, row_id: int, *columns: Any) -> Deed:
    return Deed(id=row_id, at=at, **dict(zip(DEED_FIELDS, columns, strict=True)))


def lanes(filters: Filters, *, flat: bool) -> list[Lane]:
    """The lanes that hold what is asked for. flat: web interactions one by one, not as sessions."""
    wanted = tuple(sorted(filters.channels or set(Channel)))
    if flat:
        return [Lane(INTERACTION, INTERACTIONS, wanted, interaction)]
    others = tuple(channel for channel in wanted if channel != Channel.WEB)
    found = [Lane(INTERACTION, INTERACTIONS, others, interaction)] if others else []
    if Channel.WEB in wanted:
        found.append(Lane(SESSION, SESSIONS, (), session))
    if not (filters.channels or filters.source_id or filters.direction or filters.kind):
        found.append(Lane(DEED, DEEDS, (), deed))  # what staff did came through no channel, from no source
    return found


def scanning(
    lane: Lane, identifiers: Sequence[int], filters: Filters, start: Position, limit: int, *, newer: bool = False
) -> Reading[Scanned]:
    """Look at the next `limit` rows of a lane, older (or newer) than start; returns those that match."""
    at, row_id = start.bound(lane.rank)
    parameters = {
        "identifiers": array(identifiers), "channels": list(lane.channels), "at": at, "id": row_id, "limit": limit,
        "source": filters.source_id, "direction": filters.direction, "text": pattern(filters.text),
        "kind": filters.kind, "hidden": filters.hidden if filters.text else "", "body": BODY_READ,
    }  # fmt: skip
    [found] = yield [Statement(turned(lane.statement) if newer else lane.statement, parameters)]
    rows = [
        (Position(at, lane.rank, row_id), lane.build(at, row_id, *columns))
        for at, row_id, _, *columns in found
        if columns[0] is not None
    ]
    edge = Position(found[-1][0], lane.rank, found[-1][1]) if found and found[-1][2] == limit else None
    return Scanned(rows, edge)


def turned(statement: str) -> str:
    """The same statement the other way: newer rows, the oldest of them first."""
    return statement.replace(" DESC", " ASC").replace(") < (", ") > (")


def pattern(text: str) -> str:
    """The LIKE pattern of a substring; empty for none."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if text else ""
