"""What deliveries became, where their own keys do not tell: so that they are found by whose they are."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from crm.identity.resolving import find
from crm.sql import cursor, recordset
from journeys.interactions.recording import Arrival, named_in

LEAVE = """
    INSERT INTO integrations_trail (delivery_id, source_id, key, identifier_id)
    SELECT n.* FROM json_to_recordset(%s) AS n (delivery bigint, source bigint, key text, identifier bigint)
"""


class Became(NamedTuple):
    """A delivery that was recorded, and what was in it."""

    delivery: int
    source: int
    key: str
    arrivals: Sequence[Arrival]


class Trace(NamedTuple):
    """A row to be: the interaction (key) or the identifier that it became; neither, where it became nothing."""

    delivery: int
    source: int
    key: str
    identifier: int | None


def leave_trails(recorded: Sequence[Became]) -> None:
    """Keep what deliveries became. Most need no trail: a single interaction, of the same key."""
    rows = [trace for one in recorded if not is_told_by_key(one) for trace in traces_of(one)]
    rows += of_records([one for one in recorded if any(arrival.draft.is_record for arrival in one.arrivals)])
    if rows:
        with cursor() as sql:
            sql.execute(LEAVE, [recordset("delivery source key identifier", rows)])


def is_told_by_key(one: Became) -> bool:
    return len(one.arrivals) == 1 and one.arrivals[0].draft.key == one.key and not one.arrivals[0].draft.is_record


def traces_of(one: Became) -> Iterator[Trace]:
    """The interactions that it became, but for one that its key names."""
    if not one.arrivals:
        yield Trace(one.delivery, one.source, "", None)
    for arrival in one.arrivals:
        is_named = arrival.draft.key == one.key and arrival.source.pk == one.source
        if not arrival.draft.is_record and not is_named:
            yield Trace(one.delivery, arrival.source.pk, arrival.draft.key, None)


def of_records(recorded: Collection[Became]) -> list[Trace]:
    """Records become no interaction: whom each is about."""
    told = [(one, arrival) for one in recorded for arrival in one.arrivals if arrival.draft.is_record]
    if not told:
        return []
    named = named_in([arrival for _, arrival in told])
    known = find({keys[0] for keys in named if keys})
    return [
        Trace(one.delivery, one.source, "", known[keys[0]].id)
        for (one, _), keys in zip(told, named, strict=True)
        if keys and keys[0] in known
    ]
