"""Conversions, kept up with what happened: rows by every definition, and which of them stand."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import orjson

from crm.sql import array, cursor, recordset, texts
from journeys.attribution.judging import (
    CUSTOMER,
    Counted,
    Definition,
    Happened,
    Row,
    counted,
    why_not,
)

NAMES = "definition version interaction identifier at channel role value currency order"
HAPPENED = """
    SELECT i.id, i.identifier_id, i.occurred_at, i.channel, i.kind, i.title, i.data, c.outcome, c.wrap_code, q.name
    FROM journeys_interaction i
    LEFT JOIN journeys_call c ON i.channel = 'call' AND c.call_id = i.key AND c.source_id = i.source_id
    LEFT JOIN journeys_queue q ON q.id = c.queue_id
    WHERE <which> AND i.channel = ANY(%s::text[])
      AND (lower(i.kind) LIKE ANY(%s::text[]) OR lower(i.data ->> 'event') LIKE ANY(%s::text[]))
"""
BY_NUMBER = HAPPENED.replace("<which>", "i.id = ANY(%s::bigint[])")
BY_RANGE = HAPPENED.replace("<which>", "i.id > %s AND i.id <= %s")
DROP = """
    DELETE FROM journeys_conversion c
    WHERE c.interaction_id = ANY(%s::bigint[]) AND c.definition_id = ANY(%s::bigint[])
      AND NOT (c.interaction_id, c.definition_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
    RETURNING c.definition_id, c."order", c.identifier_id
"""
# A cancellation never stands. What stood, or did not, by an older version is judged anew.
KEEP = """
    INSERT INTO journeys_conversion AS c (definition_id, version, interaction_id, identifier_id, at, channel, role,
        value, currency, "order", kind, why, withdrawn_at)
    SELECT definition, version, interaction, identifier, at, channel, role, value, currency, "order", 'defined',
        CASE WHEN role = 'cancel' THEN 'cancelled' ELSE '' END, CASE WHEN role = 'cancel' THEN at END
    FROM json_to_recordset(%s) AS n (definition bigint, version int, interaction bigint, identifier bigint,
        at timestamptz, channel text, role text, value numeric, currency text, "order" text)
    ON CONFLICT (interaction_id, definition_id) DO UPDATE
    SET version = excluded.version, identifier_id = excluded.identifier_id, at = excluded.at, role = excluded.role,
        value = excluded.value, currency = excluded.currency, "order" = excluded."order",
        why = excluded.why, withdrawn_at = excluded.withdrawn_at
    WHERE (c.version, c.identifier_id, c.at, c.role, c.value, c.currency, c."order") IS DISTINCT FROM
        (excluded.version, excluded.identifier_id, excluded.at, excluded.role, excluded.value, excluded.currency,
         excluded."order")
"""
# Without what somebody took back: that stays so.
ROWS = """
    SELECT c.id, c.role, c.at, coalesce(c.interaction_id, 0), c."order", i.customer_id
    FROM journeys_conversion c JOIN crm_identifier i ON i.id = c.identifier_id
    WHERE c.definition_id = %s AND c."order" = ANY(%s::text[]) AND c."order" <> '' AND c.withdrawn_by_id IS NULL
    UNION
    SELECT c.id, c.role, c.at, coalesce(c.interaction_id, 0), c."order", i.customer_id
    FROM crm_identifier i JOIN journeys_conversion c ON c.identifier_id = i.id
    WHERE i.customer_id = ANY(%s::bigint[]) AND c.definition_id = %s AND c.withdrawn_by_id IS NULL
"""
OWNERS = "SELECT DISTINCT customer_id FROM crm_identifier WHERE id = ANY(%s::bigint[])"
JUDGE = """
    UPDATE journeys_conversion c SET why = n.why, withdrawn_at = n.at
    FROM json_to_recordset(%s) AS n (id bigint, why text, at timestamptz)
    WHERE c.id = n.id AND (c.why, c.withdrawn_at) IS DISTINCT FROM (n.why, n.at)
"""
Touched = tuple[int, str, int]  # definition, order, identifier


def tally(definitions: Sequence[Definition], interactions: Collection[int]) -> None:
    """Have the conversions of these interactions be what the definitions say of them."""
    if not definitions:
        return
    found = happened(BY_NUMBER, [array(interactions)], definitions) if interactions else []
    touched = keep(definitions, interactions, rows_of(definitions, found))
    judge(definitions, touched)


def rows_of(definitions: Sequence[Definition], found: Iterable[Happened]) -> list[Counted]:
    return [row for one in found for definition in definitions if (row := counted(definition, one))]


def happened(statement: str, which: Sequence[Any], definitions: Sequence[Definition]) -> list[Happened]:
    """The interactions among these that a definition may be about."""
    names = {name for one in definitions for name in (*one.events, *one.refunds, *one.cancels)}
    patterns = texts(sorted(like_of(name) for name in names))
    channels = texts(sorted({one.channel for one in definitions}))
    with cursor() as sql:
        rows = sql.execute(statement.encode(), [*which, channels, patterns, patterns]).fetchall()
    return [
        Happened(number, identifier, at, channel, kind, title, orjson.loads(data), *(word or "" for word in of_call))
        for number, identifier, at, channel, kind, title, data, *of_call in rows
    ]


def like_of(name: str) -> str:
    """A name with * as PostgreSQL's LIKE has it."""
    plain = name.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return plain.replace("*", "%")


def keep(definitions: Sequence[Definition], looked_at: Collection[int], rows: Sequence[Counted]) -> list[Touched]:
    """Write rows, and drop those of interactions that are nothing any more; returns what was touched."""
    pairs = [array(row.interaction for row in rows), array(row.definition for row in rows)]
    with cursor() as sql:
        numbers = array(one.pk for one in definitions)
        gone = sql.execute(DROP, [array(looked_at), numbers, *pairs]).fetchall()
        if rows:
            sql.execute(KEEP, [recordset(NAMES, (told(row) for row in rows))])
    return [*gone, *((row.definition, row.order, row.identifier) for row in rows)]


def told(row: Counted) -> tuple[Any, ...]:
    return (*row[:7], str(row.value), *row[8:])


def judge(definitions: Iterable[Definition], touched: Sequence[Touched]) -> None:
    """Say of the rows of each touched order, or customer, which of them stand."""
    for definition in definitions:
        mine = [one for one in touched if one[0] == definition.pk]
        if mine:
            owners = owners_of({identifier for *_, identifier in mine}) if definition.once == CUSTOMER else set()
            judge_some(definition, {order for _, order, _ in mine if order}, owners)


def owners_of(identifiers: Collection[int]) -> set[int]:
    with cursor() as sql:
        return {one for (one,) in sql.execute(OWNERS, [array(identifiers)])}


def judge_some(definition: Definition, orders: Collection[str], customers: Collection[int]) -> None:
    """Say of the rows of these orders and customers which stand; each of them is read whole."""
    if not orders and not customers:
        return
    with cursor() as sql:
        asked = [definition.pk, texts(sorted(orders)), array(customers), definition.pk]
        rows = [Row(*row) for row in sql.execute(ROWS, asked)]
        fallen = why_not(rows, definition.once, definition.days)
        said = [(row.pk, *fallen.get(row.pk, ("", None))) for row in rows]
        if said:
            sql.execute(JUDGE, [recordset("id why at", said)])
