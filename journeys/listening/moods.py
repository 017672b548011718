"""How customers felt of late, across channels: the desk's brief, routing facts and the customer's page ask."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from crm.sql import array, cursor

LATEST = 12  # moods that count
HALVES = 0.75  # the weight of a mood against the one after it
LOW, HIGH = -0.15, 0.25  # below and above: somebody is annoyed, or content
# Each identifier's newest, one index step each: a switchboard may have thousands.
READ = """
    SELECT m.channel, m.at, m.value, m.interaction_id FROM unnest(%s::bigint[]) AS n (id)
    CROSS JOIN LATERAL (
        SELECT channel, at, value, interaction_id FROM journeys_mood WHERE identifier_id = n.id
        ORDER BY at DESC LIMIT %s
    ) AS m ORDER BY m.at DESC LIMIT %s
"""


class Felt(NamedTuple):
    """How one interaction felt."""

    channel: str
    at: datetime
    value: float
    interaction: int


def moods(identifiers: Sequence[int], limit: int = LATEST) -> list[Felt]:
    """The newest moods of these identifiers (ids), the newest first."""
    with cursor() as sql:
        return [Felt(*row) for row in sql.execute(READ, [array(identifiers), limit, limit])]


def mood_of(identifiers: Sequence[int]) -> float | None:
    """How the customer of these identifiers (ids) felt of late, -1 to 1, the newest counting most; None: unknown."""
    found = moods(identifiers)
    weights = [HALVES**place for place in range(len(found))]
    total = sum(weights)
    return (
        round(sum(one.value * weight for one, weight in zip(found, weights, strict=True)) / total, 3) if total else None
    )


def mood_word(mood: float | None) -> str:
    """A mood in a word."""
    if mood is None:
        return ""
    return "annoyed" if mood < LOW else "content" if mood > HIGH else "neutral"
