"""How much has happened on a customer's identifiers: counted as far as it is cheap, and said so past that."""

from collections.abc import Sequence

from crm.privacy.withholding import OPEN
from crm.sql import cursor

COUNTED = 1_000
IDENTIFIERS_READ = 200
# One index range for each identifier, none read past the limit.
COUNT = """
    SELECT count(*) FROM (
        SELECT 1 FROM unnest(%s::bigint[]) AS n (id)
        CROSS JOIN LATERAL (
            SELECT 1 FROM journeys_interaction i
            WHERE i.identifier_id = n.id AND (i.channel <> 'web' OR IS_OPEN) LIMIT %s
        ) AS i LIMIT %s
    ) AS counted
"""
COUNT = COUNT.replace("IS_OPEN", OPEN.format("n.id"))


def said_count(identifiers: Sequence[int]) -> str:
    """How many interactions there are on these identifiers, in words: a number, or that there are more."""
    with cursor() as sql:
        sql.execute(COUNT, [list(identifiers[:IDENTIFIERS_READ]), COUNTED + 1, COUNTED + 1])
        [[count]] = sql.fetchall()
    if count > COUNTED:
        return f"more than {COUNTED:,} interactions"
    least = "at least " if len(identifiers) > IDENTIFIERS_READ else ""
    return f"{least}{count:,} interaction{'' if count == 1 else 's'}"
