"""The journeys that ended on a day, read from the database: what each ended with, and its touches.

A journey ends with a conversion, and then its touches are those of the customer within the lookback window before it
that its definition names; or without one, once the longest of these windows has passed since its last touch, and then
they are those in that window before it, since the customer's last conversion. Whose a touch is, is read now: merges and
unmerges need nothing else.
Browsing that is withheld, and customers whose processing is restricted, are left out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Max

from crm.privacy.restricting.standing import restricted_customers
from crm.sql import array, cursor
from journeys.attribution.deriving import COUNTED
from journeys.attribution.models import ConversionDefinition

NOTED = 30  # days before a conversion that staff noted, of which no definition says how far it looks back
DEFINED = "d"  # what stands before a definition's number, where kinds of conversions are told apart
CONVERTED = """
    SELECT i.customer_id, c.at, c.at - coalesce(d.lookback, %(noted)s) * interval '1 day', c.value, c.currency,
        coalesce('d' || c.definition_id, c.kind),
        c.call_id IS NOT NULL OR coalesce(d.is_by_phone, false) OR coalesce(n.channel, c.channel) = 'call', w.brand
    FROM journeys_conversion c
    LEFT JOIN journeys_conversiondefinition d ON d.id = c.definition_id
    JOIN crm_identifier i ON i.id = c.identifier_id
    JOIN crm_customer w ON w.id = i.customer_id
    LEFT JOIN journeys_interaction n ON n.id = c.interaction_id
    WHERE c.at >= %(since)s AND c.at < %(until)s AND c.withdrawn_at IS NULL
      AND NOT (c.channel = 'web' AND i.is_withheld AND c."order" = '')
      AND NOT i.customer_id = ANY(%(restricted)s::bigint[])
    ORDER BY c.at, c.id
"""
LAPSED = f"""
    SELECT i.customer_id, t.at, greatest(t.at - %(lookback)s, (
            SELECT max(c.at) FROM crm_identifier o JOIN journeys_conversion c ON c.identifier_id = o.id
            WHERE o.customer_id = i.customer_id AND c.at < t.at AND c.withdrawn_at IS NULL
        )), 0, '', '', false, w.brand
    FROM journeys_touchpoint t
    JOIN crm_identifier i ON i.id = t.identifier_id
    JOIN crm_customer w ON w.id = i.customer_id
    WHERE t.at >= %(since)s - %(lookback)s AND t.at < %(until)s - %(lookback)s AND {COUNTED}
      AND NOT i.customer_id = ANY(%(restricted)s::bigint[])
      AND NOT EXISTS (
        SELECT FROM crm_identifier o JOIN journeys_touchpoint l ON l.identifier_id = o.id
        WHERE o.customer_id = i.customer_id AND (l.at, l.id) > (t.at, t.id) AND l.at <= t.at + %(lookback)s
          AND (l.channel <> 'web' OR NOT o.is_withheld))
      AND NOT EXISTS (
        SELECT FROM crm_identifier o JOIN journeys_conversion c ON c.identifier_id = o.id
        WHERE o.customer_id = i.customer_id AND c.at >= t.at AND c.at <= t.at + %(lookback)s
          AND c.withdrawn_at IS NULL)
    ORDER BY t.at, t.id
"""  # noqa: S608 (our own words)
TOUCHES = f"""
    SELECT e.n, t.at, t.is_direct, t.channel = 'call', g.name, t.campaign, t.source, t.medium, t.keyword, t.landing,
        t.queue
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS e (customer, since, until, n)
    CROSS JOIN LATERAL (
        SELECT t.* FROM crm_identifier i JOIN journeys_touchpoint t ON t.identifier_id = i.id
        WHERE i.customer_id = e.customer AND t.at > e.since AND t.at <= e.until AND {COUNTED}
    ) AS t
    JOIN journeys_channelgroup g ON g.id = t.group_id
    ORDER BY e.n, t.at, t.id
"""  # noqa: S608 (our own words)


class End(NamedTuple):
    """A journey's end. since: when its first touch may be. outcome: "" where it did not convert."""

    customer: int
    at: datetime
    since: datetime
    value: Any
    currency: str
    outcome: str
    by_phone: bool
    brand: str


class Touch(NamedTuple):
    """A touch. journey: whose it is, by the place of its end, from 1 on."""

    journey: int
    at: datetime
    is_direct: bool
    is_call: bool
    group: str
    campaign: str
    source: str
    medium: str
    keyword: str
    landing: str
    queue: str


def window() -> timedelta:
    """The longest lookback window: a touch that is older may be of no journey that still goes on."""
    found = ConversionDefinition.objects.filter(is_active=True).aggregate(Max("lookback"))["lookback__max"]
    return timedelta(days=max(NOTED, found or 0))


def ended(since: datetime, until: datetime) -> list[End]:
    """The journeys that ended within a time."""
    return [*converted(since, until), *ends_by(LAPSED, since, until)]


def converted(since: datetime, until: datetime) -> list[End]:
    """Those of them that ended with a conversion."""
    return ends_by(CONVERTED, since, until)


def ends_by(statement: str, since: datetime, until: datetime) -> list[End]:
    restricted = array(restricted_customers().values_list("pk", flat=True))
    asked = {"since": since, "until": until, "noted": NOTED, "lookback": window(), "restricted": restricted}
    with cursor() as sql:
        return [End(*row) for row in sql.execute(statement.encode(), asked).fetchall()]


def touches_of(ends: Sequence[End]) -> list[Touch]:
    """The touches of journeys, the oldest first, one journey's after the other's."""
    columns = (array(end.customer for end in ends), quoted(end.since for end in ends), quoted(end.at for end in ends))
    with cursor() as sql:
        return [Touch(*row) for row in sql.execute(TOUCHES.encode(), columns).fetchall()]


def quoted(times: Any) -> str:
    """Times as one array parameter."""
    return array(f'"{one.isoformat()}"' for one in times)
