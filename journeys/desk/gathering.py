"""What a brief is made of: the last contacts, pages and work of a customer, in four statements of bounded size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from crm.privacy.withholding import OPEN
from crm.reading import Reading, Statement, each
from crm.sql import array
from journeys.listening.moods import READ as READ_MOODS
from journeys.listening.moods import Felt

CONTACTS_READ = 12  # on each channel
PAGES_READ = 80
PAGES_SINCE = timedelta(days=14)
WORK_READ = 20  # of each kind
MOODS_READ = 3
BODY_READ = 1_500
READ_CONTACTS = """
    SELECT c.* FROM unnest(%(channels)s::text[]) AS n (channel) CROSS JOIN LATERAL (
        SELECT k.id, k.occurred_at, i.channel, i.kind, i.direction, i.title, left(i.body, %(body)s),
               coalesce(i.data ->> 'outcome', ''), coalesce(i.data ->> 'agent', '')
        FROM (
            SELECT i.id, i.occurred_at FROM unnest(%(identifiers)s::bigint[]) AS o (identifier)
            CROSS JOIN LATERAL (
                SELECT id, occurred_at FROM journeys_interaction
                WHERE identifier_id = o.identifier AND channel = n.channel
                ORDER BY occurred_at DESC, id DESC LIMIT %(most)s
            ) AS i ORDER BY i.occurred_at DESC, i.id DESC LIMIT %(most)s
        ) AS k JOIN journeys_interaction i ON i.id = k.id
    ) AS c ORDER BY c.occurred_at DESC, c.id DESC
"""
READ_PAGES = """
    SELECT p.*
    FROM (SELECT identifier FROM unnest(%(identifiers)s::bigint[]) AS n (identifier) WHERE IS_OPEN OFFSET 0) AS o
    CROSS JOIN LATERAL (
        SELECT i.id, i.occurred_at, i.kind, i.title, coalesce(i.data ->> 'url', ''), coalesce(i.data ->> 'event', '')
        FROM journeys_interaction i
        WHERE i.identifier_id = o.identifier AND i.channel = 'web' AND i.occurred_at > %(since)s
        ORDER BY i.occurred_at DESC, i.id DESC LIMIT %(most)s
    ) AS p ORDER BY p.occurred_at DESC, p.id DESC LIMIT %(most)s
"""
READ_PAGES = READ_PAGES.replace("IS_OPEN", OPEN.format("n.identifier"))
READ_WORK = """
    SELECT w.* FROM (
        (SELECT 'case' AS what, c.id, c.opened_at AS at, c.subject AS said, c.state AS state,
                NULL::timestamptz AS until, NULL::numeric AS value, c.order AS note, c.owner_id AS user_id
         FROM unnest(%(identifiers)s::bigint[]) AS o (i) CROSS JOIN LATERAL (
            SELECT * FROM journeys_case WHERE identifier_id = o.i AND closed_at IS NULL
            ORDER BY id DESC LIMIT %(most)s) AS c
         ORDER BY c.id DESC LIMIT %(most)s)
        UNION ALL
        (SELECT 'promise', p.id, p.made_at, p.what, '', p.until, NULL, '', p.made_by_id
         FROM unnest(%(identifiers)s::bigint[]) AS o (i) CROSS JOIN LATERAL (
            SELECT * FROM journeys_promise WHERE identifier_id = o.i AND kept IS NULL AND withdrawn_at IS NULL
            ORDER BY id DESC LIMIT %(most)s) AS p
         ORDER BY p.id DESC LIMIT %(most)s)
        UNION ALL
        (SELECT 'task', t.id, t.made_at, t.what, '', t.due_at, NULL, '', t.owner_id
         FROM unnest(%(identifiers)s::bigint[]) AS o (i) CROSS JOIN LATERAL (
            SELECT * FROM journeys_task WHERE identifier_id = o.i AND done_at IS NULL AND withdrawn_at IS NULL
            ORDER BY due_at, id LIMIT %(most)s) AS t
         ORDER BY t.due_at, t.id LIMIT %(most)s)
        UNION ALL
        (SELECT 'note', m.id, m.at, left(m.body, %(body)s), CASE WHEN m.is_delicate THEN 'delicate' ELSE '' END, NULL,
                NULL, '', m.author_id
         FROM unnest(%(identifiers)s::bigint[]) AS o (i) CROSS JOIN LATERAL (
            SELECT * FROM journeys_note WHERE identifier_id = o.i AND withdrawn_at IS NULL
            ORDER BY id DESC LIMIT %(most)s) AS m
         ORDER BY m.id DESC LIMIT %(most)s)
        UNION ALL
        (SELECT 'sale', s.id, s.at, s.kind, s.currency, NULL, s.value, s.order, s.actor_id
         FROM unnest(%(identifiers)s::bigint[]) AS o (i) CROSS JOIN LATERAL (
            SELECT * FROM journeys_conversion WHERE identifier_id = o.i AND withdrawn_at IS NULL
            ORDER BY at DESC, id DESC LIMIT %(most)s) AS s
         ORDER BY s.at DESC, s.id DESC LIMIT %(most)s)
    ) AS w
"""


class Contact(NamedTuple):
    """A call, mail or message. outcome: of a call."""

    id: int
    at: datetime
    channel: str
    kind: str
    direction: str
    title: str
    body: str
    outcome: str
    agent: str


class Hit(NamedTuple):
    """Something that they did on the web."""

    id: int
    at: datetime
    kind: str
    title: str
    url: str
    event: str


class Piece(NamedTuple):
    """A piece of work that stands: an open case, a promise, a task, a note, a sale.

    state: of a case; "delicate" of a note; the currency of a sale. until: when it is due. note: an order's number.
    """

    what: str
    id: int
    at: datetime
    said: str
    state: str
    until: datetime | None
    value: Decimal | None
    note: str
    user_id: int | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """The newest contacts and pages first; work by kind."""

    contacts: list[Contact] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    work: dict[str, list[Piece]] = field(default_factory=dict)
    moods: list[Felt] = field(default_factory=list)

    def pieces(self, what: str) -> list[Piece]:
        return self.work.get(what, [])


def gathering(identifiers: Sequence[int], now: datetime) -> Reading[Gathered]:
    """What there is of the customer of these identifiers, in one step."""
    owners = array(identifiers)
    contacts, hits, pieces, felt = yield from each(
        asking(text, asked)
        for text, asked in (
            (READ_CONTACTS, {"identifiers": owners, "channels": ["call", "email", "social"], "most": CONTACTS_READ,
                             "body": BODY_READ}),
            (READ_PAGES, {"identifiers": owners, "since": now - PAGES_SINCE, "most": PAGES_READ}),
            (READ_WORK, {"identifiers": owners, "most": WORK_READ, "body": BODY_READ}),
            (READ_MOODS, [owners, MOODS_READ, MOODS_READ]),
        )
    )  # fmt: skip
    work: dict[str, list[Piece]] = {}
    for piece in map(Piece._make, pieces):
        work.setdefault(piece.what, []).append(piece)
    moods = [Felt(*row) for row in felt]
    return Gathered([Contact(*row) for row in contacts], [Hit(*row) for row in hits], work, moods)


def asking(text: Any, asked: Any) -> Reading[list[tuple[Any, ...]]]:
    [rows] = yield [Statement(text, asked)]
    return rows
