"""What we may do: the newest consent event of each purpose and channel.

Where staff or a score joined people, each of them said for themselves what we may do: the most restrictive holds, so
that a merge never widens a consent. What was seen together is one person's, whose later word replaces the earlier.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crm.identity.fold import Forest
from crm.reading import Reading, Statement, read
from crm.sql import array

# The newest event of each (purpose, channel), one index step each: an identifier may have thousands of events.
READ_LATEST = """
    WITH RECURSIVE latest AS (
        SELECT c.* FROM unnest(%s::bigint[]) AS n (id)
        CROSS JOIN LATERAL (
            SELECT identifier_id, purpose, channel, state, occurred_at, source_id, expires_at FROM crm_consent
            WHERE identifier_id = n.id ORDER BY purpose DESC, channel DESC, occurred_at DESC, state DESC LIMIT 1
        ) AS c
        UNION ALL
        SELECT c.* FROM latest
        CROSS JOIN LATERAL (
            SELECT identifier_id, purpose, channel, state, occurred_at, source_id, expires_at FROM crm_consent
            WHERE identifier_id = latest.identifier_id AND (purpose, channel) < (latest.purpose, latest.channel)
            ORDER BY purpose DESC, channel DESC, occurred_at DESC, state DESC LIMIT 1
        ) AS c
    )
    SELECT latest.identifier_id, latest.purpose, latest.channel, latest.state, latest.occurred_at,
        coalesce(s.name, 'staff'), latest.expires_at, latest.expires_at <= now()
    FROM latest LEFT JOIN crm_source s ON s.id = latest.source_id
"""
READ_TIES = """
    SELECT a_id, b_id FROM crm_link
    WHERE a_id = ANY(%s::bigint[]) AND b_id = ANY(%s::bigint[])
      AND withdrawn_at IS NULL AND held = '' AND verdict = 'same' AND basis NOT IN ('staff', 'scored')
"""


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """Whether a purpose is allowed on a channel ("" for every one), since when, and who said so.

    until: when what was given expires, or did; None: it does not.
    """

    purpose: str
    channel: str
    at: datetime
    is_withdrawn: bool
    source: str
    until: datetime | None = field(default=None, compare=False)

    @property
    def is_given(self) -> bool:
        return not self.is_withdrawn

    @property
    def has_expired(self) -> bool:
        return self.is_withdrawn and self.until is not None


def permissions(identifiers: Sequence[int]) -> list[Permission]:
    """What stands for the customer of these identifiers, by purpose and channel."""
    return read(permitting(identifiers))


def permitting(identifiers: Sequence[int]) -> Reading[list[Permission]]:
    """As `permissions`, in one step; in two where it matters who said what."""
    [rows] = yield [Statement(READ_LATEST, [array(identifiers)])]
    said = [
        (identifier, Permission(purpose, channel, at, state != "given" or bool(is_over), source, until))
        for identifier, purpose, channel, state, at, source, until, is_over in rows
    ]
    parts = (yield from parting(identifiers)) if is_disputed(said) else {}
    return strictest((parts.get(identifier, 0), permission) for identifier, permission in said)


def is_disputed(said: Iterable[tuple[int, Permission]]) -> bool:
    """Whether one identifier gives what another withdraws: else whoever said it does not matter."""
    states: dict[tuple[str, str], dict[bool, set[int]]] = {}
    for identifier, one in said:
        states.setdefault((one.purpose, one.channel), {}).setdefault(one.is_given, set()).add(identifier)
    return any(len(found) == 2 for found in states.values())


def parting(identifiers: Sequence[int]) -> Reading[dict[int, int]]:
    """Which part of a customer each identifier is of: what was seen together is one part."""
    [ties] = yield [Statement(READ_TIES, [array(identifiers), array(identifiers)])]
    forest = Forest(identifiers)
    for a, b in ties:
        if forest.root(a) != forest.root(b):
            forest.join(forest.root(a), forest.root(b))
    return {identifier: forest.root(identifier) for identifier in identifiers}


def strictest(said: Iterable[tuple[int, Permission]]) -> list[Permission]:
    """What stands when each part (a number) of a customer says its own: no is stronger than yes. Any order; pure."""
    by_part: dict[int, list[Permission]] = {}
    for part, permission in said:
        by_part.setdefault(part, []).append(permission)
    strict: dict[tuple[str, str], Permission] = {}
    for permission in sorted((one for some in by_part.values() for one in standing(some)), key=strictness):
        strict[permission.purpose, permission.channel] = permission
    return sorted(strict.values())


def strictness(permission: Permission) -> tuple[bool, Permission]:
    return permission.is_withdrawn, permission


def standing(said: Iterable[Permission]) -> list[Permission]:
    """The newest of each purpose and channel; of two at one time the withdrawal. Any order; pure."""
    newest = {(permission.purpose, permission.channel): permission for permission in sorted(said)}
    return list(newest.values())
