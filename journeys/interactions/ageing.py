"""How interactions age: whose browsing is of somebody known, and what becomes of a visit that began too long ago."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from crm.identity.kinds import Kind
from crm.identity.models import Identifier
from crm.sql import cursor

# The rest of a visit whose beginning is gone. Those of nobody's interactions are over altogether.
TRIM = """
    WITH cut AS MATERIALIZED (
        SELECT id, browser_id, identifier_id, started_at, ended_at FROM journeys_session
        WHERE started_at < %(cutoff)s AND ended_at >= %(cutoff)s
    ), rest AS (
        SELECT c.id, min(t.occurred_at) AS started, count(t.id) AS hits,
            count(t.id) FILTER (WHERE t.kind IN ('page', 'screen')) AS pages
        FROM cut c LEFT JOIN journeys_interaction t ON t.identifier_id = c.identifier_id AND t.channel = 'web'
            AND t.occurred_at BETWEEN c.started_at AND c.ended_at
            AND coalesce(t.via_id, t.identifier_id) = c.browser_id
        GROUP BY c.id
    ), empty AS (
        DELETE FROM journeys_session s USING rest r WHERE s.id = r.id AND r.hits = 0
    )
    UPDATE journeys_session s SET started_at = r.started, hits = r.hits, pages = r.pages
    FROM rest r WHERE s.id = r.id AND r.hits > 0 AND r.started <> s.started_at
"""


def by_somebody_known() -> Q:
    """Rows whose identifier's customer has anything that names them."""
    named = Identifier.objects.filter(customer=OuterRef("identifier__customer")).exclude(kind__in=Kind.anonymous())
    return Q(Exists(named))


def by_nobody_known() -> Q:
    """Rows of browsers that nobody knows the owner of."""
    return ~by_somebody_known()


def trim_visits(cutoff: datetime) -> None:
    """Have visits that were under way at a time begin with what is left of them."""
    with cursor() as sql:
        sql.execute(TRIM, {"cutoff": cutoff})
