"""Keeping the search documents: names of identifiers, their spellings, and references."""

from collections.abc import Collection, Iterable

from crm.sql import cursor

REFER = """
    INSERT INTO crm_reference (identifier_id, kind, value)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING
"""


def add_references(references: Iterable[tuple[int, str, str]]) -> None:
    """Write (identifier id, kind, number) of orders, bookings and tickets; numbers are folded to upper case."""
    rows = sorted({(identifier, kind[:20], value.strip().upper()[:120]) for identifier, kind, value in references})
    rows = [row for row in rows if row[2]]
    if rows:
        with cursor() as sql:
            sql.execute(REFER, [list(column) for column in zip(*rows, strict=True)])


def index_names(identifiers: Collection[int]) -> None:
    """Rebuild the search documents of these identifiers from their name traits."""
