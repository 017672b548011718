"""Noticing, while interactions are recorded, that some have words or sound in them; the worker looks at those later."""

from collections.abc import Iterable

from crm.sql import array, cursor, texts
from journeys.interactions.drafts import Channel, Direction, Draft
from journeys.interactions.recording import Arrival

NOTE = """
    INSERT INTO journeys_unheard (source_id, key, due_at, attempts)
    SELECT DISTINCT n.source, n.key, now(), 0 FROM unnest(%s::bigint[], %s::text[]) AS n (source, key)
"""


def note_words(arrivals: Iterable[Arrival]) -> None:
    """Have the worker look at those of these interactions that have anything to hear or to read."""
    note_due((arrival.source.pk, arrival.draft.key) for arrival in arrivals if has_words(arrival.draft))


def note_due(keys: Iterable[tuple[int, str]]) -> None:
    """Have the worker look at interactions again. keys: (source id, key)."""
    listed = list(keys)
    if listed:
        sources, names = zip(*listed, strict=True)
        with cursor() as sql:
            sql.execute(NOTE, [array(sources), texts(names)])


def has_words(draft: Draft) -> bool:
    """Whether this is a call, or something that a customer wrote."""
    if draft.channel == Channel.CALL:
        return not draft.is_record
    return bool(draft.body) and draft.direction == Direction.IN and draft.channel in (Channel.EMAIL, Channel.SOCIAL)
