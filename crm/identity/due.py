"""Saying that identifiers have to be matched anew; crm.matching reads it, and is not known here."""

from collections.abc import Collection

from crm.sql import array, cursor

MARK = """
    INSERT INTO crm_matchdue (identifier_id, is_moved)
    SELECT n.*, false FROM unnest(%s::bigint[]) AS n UNION ALL SELECT n.*, true FROM unnest(%s::bigint[]) AS n
"""


def mark(told: Collection[int], moved: Collection[int] = ()) -> None:
    """Have identifiers matched anew: those of which something was told, and those that changed hands."""
    if told or moved:
        with cursor() as sql:
            sql.execute(MARK, [array(sorted(told)), array(sorted(moved))])
