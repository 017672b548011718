"""Saying that identifiers have to be matched anew; crm.matching reads it, and is not known here."""

from collections.abc import Collection

from crm.sql import array, cursor

MARK = "INSERT INTO crm_matchdue (identifier_id, is_moved) SELECT n, %s FROM unnest(%s::bigint[]) AS n"


def mark(identifiers: Collection[int], *, is_moved: bool = False) -> None:
    """Have these identifiers matched anew. is_moved: even where nothing new is known of them."""
    if identifiers:
        with cursor() as sql:
            sql.execute(MARK, [is_moved, array(sorted(identifiers))])
