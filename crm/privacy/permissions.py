"""What we may do: the newest consent event of each purpose and channel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.sql import cursor

# The newest event of each (purpose, channel), one index step each: an identifier may have thousands of events.
READ_LATEST = """
    WITH RECURSIVE latest AS (
        SELECT c.* FROM unnest(%s::bigint[]) AS n (id)
        CROSS JOIN LATERAL (
            SELECT identifier_id, purpose, channel, state, occurred_at, source_id FROM crm_consent
            WHERE identifier_id = n.id ORDER BY purpose DESC, channel DESC, occurred_at DESC, state DESC LIMIT 1
        ) AS c
        UNION ALL
        SELECT c.* FROM latest
        CROSS JOIN LATERAL (
            SELECT identifier_id, purpose, channel, state, occurred_at, source_id FROM crm_consent
            WHERE identifier_id = latest.identifier_id AND (purpose, channel) < (latest.purpose, latest.channel)
            ORDER BY purpose DESC, channel DESC, occurred_at DESC, state DESC LIMIT 1
        ) AS c
    )
    SELECT latest.purpose, latest.channel, latest.state, latest.occurred_at, s.name
    FROM latest JOIN crm_source s ON s.id = latest.source_id
"""


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """Whether a purpose is allowed on a channel ("" for every one), since when, and who said so."""

    purpose: str
    channel: str
    at: datetime
    is_withdrawn: bool
    source: str

    @property
    def is_given(self) -> bool:
        return not self.is_withdrawn


def permissions(identifiers: Sequence[int]) -> list[Permission]:
    """What stands for the customer of these identifiers, by purpose and channel."""
    with cursor() as sql:
        sql.execute(READ_LATEST, [list(identifiers)])
        return standing(
            Permission(purpose, channel, at, state != "given", source) for purpose, channel, state, at, source in sql
        )


def standing(said: Iterable[Permission]) -> list[Permission]:
    """The newest of each purpose and channel; of two at one time the withdrawal. Any order; pure."""
    newest = {(permission.purpose, permission.channel): permission for permission in sorted(said)}
    return list(newest.values())
