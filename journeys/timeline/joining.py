"""Joins: the moments at which identifiers turned out to be one person's, read from the links that stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.identity.kinds import Key
from crm.reading import Reading, Statement
from crm.sql import array
from journeys.timeline.entries import Joined

LINKS_READ = 200
READ_LINKS = """
    SELECT l.id, coalesce(e.occurred_at, l.created_at), l.basis,
           a.kind, a.namespace, a.value, b.kind, b.namespace, b.value
    FROM (SELECT * FROM crm_link
          WHERE a_id = ANY(%(identifiers)s::bigint[]) AND withdrawn_at IS NULL AND verdict = 'same' AND held = ''
          LIMIT %(limit)s) AS l
    JOIN crm_identifier a ON a.id = l.a_id
    JOIN crm_identifier b ON b.id = l.b_id AND b.customer_id = a.customer_id
    LEFT JOIN LATERAL (
        SELECT i.occurred_at FROM journeys_interaction i
        WHERE i.key = l.evidence ->> 'interaction' AND i.source_id = l.source_id LIMIT 1
    ) AS e ON true
"""


@dataclass(frozen=True, slots=True, order=True)
class Tie:
    """A link in force between two of a customer's identifiers. at: when the event happened that showed it."""

    at: datetime
    link_id: int
    basis: str
    a: Key
    b: Key


def joining(identifiers: Sequence[int]) -> Reading[list[Joined]]:
    """A customer's joins, in any order: of the first LINKS_READ links of these identifiers."""
    if len(identifiers) < 2:
        return []
    [rows] = yield [Statement(READ_LINKS, {"identifiers": array(identifiers), "limit": LINKS_READ})]
    return joins([Tie(at, row, basis, Key(*ends[:3]), Key(*ends[3:])) for row, at, basis, *ends in rows])


def joins(ties: Sequence[Tie]) -> list[Joined]:
    """The ties that joined what was apart before them, one entry for each event that showed some. Pure."""
    group: dict[Key, Key] = {}
    found: dict[tuple[datetime, str], list[Tie]] = {}

    def root(key: Key) -> Key:
        while group.setdefault(key, key) != key:
            key = group[key]
        return key

    for tie in sorted(ties):
        a, b = root(tie.a), root(tie.b)
        if a != b:
            group[b] = a
            found.setdefault((tie.at, tie.basis), []).append(tie)
    return [
        Joined(at, some[0].link_id, basis, tuple(sorted({key for tie in some for key in (tie.a, tie.b)}, key=ranked)))
        for (at, basis), some in found.items()
    ]


def ranked(key: Key) -> tuple[int, Key]:
    return key.rank, key
