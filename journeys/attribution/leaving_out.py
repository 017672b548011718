"""How much browsing that is withheld was left out of figures: told in tens, so that no number is about one person.

docs/decisions/withheld-browsing.md says why it is told, and how.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Sum

from crm.privacy.restricting.standing import restricted_customers
from crm.sql import array, cursor
from journeys.attribution.kept import WithheldCount

LEAST = 10
COUNT = """
    SELECT brand, sum(touchpoints), sum(conversions) FROM (
        SELECT w.brand, count(*) AS touchpoints, 0 AS conversions
        FROM journeys_touchpoint t
        JOIN crm_identifier i ON i.id = t.identifier_id
        JOIN crm_customer w ON w.id = i.customer_id
        WHERE t.at >= %(since)s AND t.at < %(until)s AND t.channel = 'web' AND i.is_withheld
          AND NOT i.customer_id = ANY(%(restricted)s::bigint[])
        GROUP BY w.brand
        UNION ALL
        SELECT w.brand, 0, count(*)
        FROM journeys_conversion c
        JOIN crm_identifier i ON i.id = c.identifier_id
        JOIN crm_customer w ON w.id = i.customer_id
        WHERE c.at >= %(since)s AND c.at < %(until)s AND c.channel = 'web' AND i.is_withheld AND c."order" = ''
          AND c.withdrawn_at IS NULL AND NOT i.customer_id = ANY(%(restricted)s::bigint[])
        GROUP BY w.brand
    ) AS found GROUP BY brand
"""


class LeftOut(NamedTuple):
    """What consent left out of a period, in tens; 0: fewer than ten, or none."""

    touchpoints: int
    conversions: int


def tens(count: int) -> int:
    """A count as it may be told: one more or less of somebody shows to nobody."""
    return count // LEAST * LEAST


def count_withheld(day: date, since: datetime, until: datetime) -> None:
    """Count what is left out of a day, from its first moment until before the next one's, instead of before."""
    restricted = array(restricted_customers().values_list("pk", flat=True))
    with cursor() as sql:
        rows = sql.execute(COUNT, {"since": since, "until": until, "restricted": restricted}).fetchall()
    WithheldCount.objects.filter(day=day).delete()
    WithheldCount.objects.bulk_create(
        WithheldCount(day=day, brand=brand, touchpoints=touches, conversions=made) for brand, touches, made in rows
    )


def left_out(since: date, until: date, brands: Iterable[str] | None) -> LeftOut:
    """Of the days that are counted, on one side of the walls (brands: those that may be seen; None: every one)."""
    found = WithheldCount.objects.filter(day__range=(since, until))
    seen = found if brands is None else found.filter(brand__in=["", *sorted(brands)])
    sums = seen.aggregate(touchpoints=Sum("touchpoints"), conversions=Sum("conversions"))
    return LeftOut(tens(sums["touchpoints"] or 0), tens(sums["conversions"] or 0))
