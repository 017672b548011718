"""The journeys that ended on a day, read from the database: what each ended with, and its touches.

A journey ends with a conversion, and then its touches are those of the customer within the lookback window before it
that its definition names; or without one, once the longest of these windows has passed since its last touch, and then
they are those in that window before it, since the customer's last conversion. Whose a touch is, is read now: merges and
unmerges need nothing else.
A refund takes from the path of the order that it gives back, on the day of the refund. The lead and the opportunity of
a journey are the customer's first within its window, by the definitions that say so.
Browsing that is withheld, and customers whose processing is restricted, are left out.
"""

from collections.abc import Iterable, Sequence
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
    SELECT i.customer_id, p.at, p.since, c.value, c.currency,
        coalesce('d' || c.definition_id, c.kind),
        c.call_id IS NOT NULL OR coalesce(d.is_by_phone, false) OR coalesce(n.channel, c.channel) = 'call', w.brand,
        m.lead, m.opportunity
    FROM journeys_conversion c
    LEFT JOIN journeys_conversiondefinition d ON d.id = c.definition_id
    JOIN crm_identifier i ON i.id = c.identifier_id
    JOIN crm_customer w ON w.id = i.customer_id
    LEFT JOIN journeys_interaction n ON n.id = c.interaction_id
    CROSS JOIN LATERAL (
        SELECT o.at, o.at - coalesce(d.lookback, %(noted)s) * interval '1 day' AS since
        FROM (
            SELECT coalesce(max(b.at), c.at) AS at FROM journeys_conversion b
            WHERE c.role = 'refund' AND c."order" <> '' AND b."order" <> '' AND b."order" = c."order"
              AND (c.definition_id IS NULL OR b.definition_id = c.definition_id)
              AND b.role = '' AND b.withdrawn_at IS NULL AND b.at <= c.at
        ) AS o
    ) AS p
    LEFT JOIN LATERAL (
        SELECT min(s.at) FILTER (WHERE f.stage = 'lead') AS lead,
            min(s.at) FILTER (WHERE f.stage = 'opportunity') AS opportunity
        FROM crm_identifier o JOIN journeys_conversion s ON s.identifier_id = o.id
        JOIN journeys_conversiondefinition f ON f.id = s.definition_id
        WHERE cardinality(%(staged)s::bigint[]) > 0 AND o.customer_id = i.customer_id
          AND s.definition_id = ANY(%(staged)s::bigint[]) AND s.role = '' AND s.at > p.since
          AND s.at <= p.at AND s.withdrawn_at IS NULL AND NOT (s.channel = 'web' AND o.is_withheld AND s."order" = '')
    ) AS m ON true
    WHERE c.at >= %(since)s AND c.at < %(until)s AND c.withdrawn_at IS NULL
      AND NOT (c.channel = 'web' AND i.is_withheld AND c."order" = '')
      AND NOT i.customer_id = ANY(%(restricted)s::bigint[])
    ORDER BY c.at, c.id
"""
FINAL = "NOT coalesce(c.definition_id = ANY(%(staged)s::bigint[]), false)"  # what is a stage on the way is no end
LAPSED = f"""
    SELECT i.customer_id, t.at, greatest(t.at - %(lookback)s, (
            SELECT max(c.at) FROM crm_identifier o JOIN journeys_conversion c ON c.identifier_id = o.id
            WHERE o.customer_id = i.customer_id AND c.at < t.at AND c.withdrawn_at IS NULL AND {FINAL}
        )), 0, '', '', false, w.brand, NULL, NULL
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
          AND c.withdrawn_at IS NULL AND {FINAL})
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
    """A journey's end. since: when its first touch may be. outcome: "" where it did not convert. lead and
    opportunity: when it first was one.
    """

    customer: int
    at: datetime
    since: datetime
    value: Any
    currency: str
    outcome: str
    by_phone: bool
    brand: str
    lead: datetime | None = None
    opportunity: datetime | None = None

    @property
    def milestones(self) -> tuple[datetime | None, datetime | None]:
        return self.lead, self.opportunity


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


def on_the_way() -> list[str]:
    """The outcomes of definitions that count a stage, which is no journey's end."""
    return [f"{DEFINED}{pk}" for pk in ConversionDefinition.objects.staged().values_list("pk", flat=True)]


def final(ends: Iterable[End]) -> list[End]:
    """Those that are no stage on the way."""
    stages = on_the_way()
    return [one for one in ends if one.outcome not in stages]


def ends_by(statement: str, since: datetime, until: datetime) -> list[End]:
    restricted = array(restricted_customers().values_list("pk", flat=True))
    asked = {"since": since, "until": until, "noted": NOTED, "lookback": window(), "restricted": restricted,
             "staged": array(ConversionDefinition.objects.staged().values_list("pk", flat=True))}  # fmt: skip
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
