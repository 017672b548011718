"""Callers whom the web data did not know, and browsers that nobody had a name for: who of them is known by now.

Whose a call or a browser is, is read when it is asked, so a merge and an unmerge correct it at once. What is read is
bounded by the calls and the visits of the period.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone

from crm.identity.kinds import Kind
from crm.privacy.restricting.standing import restricted_customers
from crm.sql import array, cursor, texts

Brands = Collection[str] | None
# In both: known, of those on this side of the walls whose processing is not restricted, by week and in all. They are
# read in their order, in which those beside each other in an index come together: a third less time.
CALLERS = """
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT i.customer_id AS who, date_trunc('week', n.occurred_at AT TIME ZONE %(zone)s)::date AS week
        FROM journeys_interaction n JOIN crm_identifier i ON i.id = n.identifier_id
        WHERE n.channel = 'call' AND n.direction = 'in' AND n.occurred_at >= %(since)s AND n.occurred_at < %(until)s
    ), known AS MATERIALIZED (
        SELECT w.id AS who, EXISTS (
            SELECT FROM crm_identifier o JOIN journeys_touchpoint t ON t.identifier_id = o.id
            WHERE o.customer_id = w.id AND t.channel = 'web' AND NOT o.is_withheld
        ) AS is_known
        FROM (SELECT DISTINCT who FROM seen ORDER BY who) AS s JOIN crm_customer w ON w.id = s.who
        WHERE (%(brands)s::text[] IS NULL OR w.brand = ANY(%(brands)s::text[]))
          AND NOT w.id = ANY(%(restricted)s::bigint[])
    )
"""
BROWSERS = """
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT coalesce(t.via_id, t.identifier_id) AS who,
            date_trunc('week', t.at AT TIME ZONE %(zone)s)::date AS week
        FROM journeys_touchpoint t JOIN crm_identifier i ON i.id = t.identifier_id
        WHERE t.channel = 'web' AND t.at >= %(since)s AND t.at < %(until)s AND NOT i.is_withheld
    ), known AS MATERIALIZED (
        SELECT b.id AS who, EXISTS (
            SELECT FROM crm_identifier o WHERE o.customer_id = b.customer_id AND NOT o.kind = ANY(%(anonymous)s::text[])
        ) AS is_known
        FROM (SELECT DISTINCT who FROM seen ORDER BY who) AS s
        JOIN crm_identifier b ON b.id = s.who
        JOIN crm_customer w ON w.id = b.customer_id
        WHERE b.kind = 'cookie' AND NOT b.is_withheld
          AND (%(brands)s::text[] IS NULL OR w.brand = ANY(%(brands)s::text[]))
          AND NOT w.id = ANY(%(restricted)s::bigint[])
    )
"""
COUNT = """
    SELECT seen.week, count(DISTINCT who) FILTER (WHERE is_known), count(DISTINCT who)
    FROM seen JOIN known USING (who) GROUP BY GROUPING SETS ((seen.week), ())
"""
CALLING = "SELECT who FROM known WHERE is_known AND who > %(after)s ORDER BY who LIMIT %(most)s"
BROWSING = """
    SELECT DISTINCT b.customer_id FROM known JOIN crm_identifier b ON b.id = known.who
    WHERE is_known AND b.customer_id > %(after)s ORDER BY b.customer_id LIMIT %(most)s
"""


class Part(NamedTuple):
    """Some, of how many."""

    part: int
    whole: int


class Met(NamedTuple):
    """How many are known by now, in all and by week (its Monday)."""

    all: Part
    weeks: dict[date, Part]


def callers(brands: Brands, since: datetime, until: datetime) -> Met:
    """Customers who called, and of whom we know some browsing as well."""
    return met(CALLERS, brands, since, until)


def browsers(brands: Brands, since: datetime, until: datetime) -> Met:
    """Browsers that visited, and that are of a customer by now who has left an address, a number or a login."""
    return met(BROWSERS, brands, since, until)


def who_called(brands: Brands, since: datetime, until: datetime, after: int, most: int) -> list[int]:
    """Of the callers whose browsing is known, so many customers (their numbers) that come after one."""
    return who(CALLERS + CALLING, brands, since, until, after, most)


def who_browsed(brands: Brands, since: datetime, until: datetime, after: int, most: int) -> list[int]:
    """Of the customers whose browsers are known, likewise."""
    return who(BROWSERS + BROWSING, brands, since, until, after, most)


def who(statement: str, brands: Brands, since: datetime, until: datetime, after: int, most: int) -> list[int]:
    asked = asked_of(brands, since, until) | {"after": after, "most": most}
    with cursor() as sql:
        return [number for (number,) in sql.execute(statement.encode(), asked).fetchall()]


def met(statement: str, brands: Brands, since: datetime, until: datetime) -> Met:
    with cursor() as sql:
        rows = sql.execute((statement + COUNT).encode(), asked_of(brands, since, until)).fetchall()
    found = {week: Part(*counts) for week, *counts in rows}
    return Met(found.pop(None, Part(0, 0)), found)


def asked_of(brands: Brands, since: datetime, until: datetime) -> dict[str, Any]:
    return {
        "since": since, "until": until, "zone": timezone.get_current_timezone_name(),
        "brands": None if brands is None else texts(["", *sorted(brands)]),
        "restricted": array(restricted_customers().values_list("pk", flat=True)),
        "anonymous": texts(Kind.anonymous()),
    }  # fmt: skip
