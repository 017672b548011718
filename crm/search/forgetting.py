"""Erasing search documents: the ways to misspell a name go with the last person who has it."""

from collections.abc import Collection

from crm.sql import cursor

FORGET = """
    WITH gone AS (DELETE FROM crm_searchname WHERE identifier_id = ANY(%s) RETURNING document)
    SELECT DISTINCT token FROM gone, unnest(tsvector_to_array(document)) AS token
"""
FORGET_SPELLINGS = """
    DELETE FROM crm_spelling s WHERE s.token = ANY(%s)
    AND NOT EXISTS (SELECT 1 FROM crm_searchname n WHERE n.document @@ (quote_literal(s.token))::tsquery)
"""


def forget_names(identifiers: Collection[int], _erased: Collection[int]) -> None:
    """Delete the names that these identifiers (ids) are found by, and the spellings that lead to nobody now."""
    with cursor() as sql:
        tokens = [token for (token,) in sql.execute(FORGET, [sorted(identifiers)])]
        sql.execute(FORGET_SPELLINGS, [tokens])
