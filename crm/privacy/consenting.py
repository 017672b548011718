"""Writing consent events: bulk and idempotent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crm.sql import cursor, recordset

NOTE = """
    INSERT INTO crm_consent (identifier_id, source_id, purpose, channel, state, occurred_at, recorded_at)
    SELECT n.*, now()
    FROM json_to_recordset(%s) AS n
        (identifier bigint, source bigint, purpose text, channel text, state text, at timestamptz)
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class ConsentNoted:
    """Permission given or withdrawn at a time (aware), for one identifier. channel: "" for every channel."""

    identifier_id: int
    source_id: int
    purpose: str
    channel: str
    is_given: bool
    at: datetime


def note_consents(noted: Iterable[ConsentNoted]) -> None:
    """Append consent events; one that is there already stays as it is."""
    rows = [
        (c.identifier_id, c.source_id, c.purpose[:40], c.channel, "given" if c.is_given else "withdrawn", c.at)
        for c in noted
    ]
    if rows:
        with cursor() as sql:
            sql.execute(NOTE, [recordset("identifier source purpose channel state at", rows)])
