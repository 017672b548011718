"""The figures of days that are over, counted whenever attribution counted the day (docs/decisions/morning.md)."""

import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from crm.asked import midnight_after
from crm.identity.resolving import lock_number
from crm.privacy.restricting.standing import restricted_customers
from crm.sql import array, cursor
from journeys.attribution.deriving import COUNTED
from journeys.attribution.locking import is_alone
from journeys.attribution.streaming import converted, final
from journeys.morning.figures import Figures, Touch, by_brand, tallied
from journeys.morning.models import MorningDay
from journeys.morning.ringing import ringing

log = structlog.get_logger(__name__)
COUNTING = lock_number("journeys", "morning")
LONGEST = 500  # days; what is older is on no page
# Those that attribution counted anew since, the newest first.
DUE = """
    SELECT c.day FROM journeys_countedday c
    LEFT JOIN journeys_morningday m ON m.day = c.day AND m.brand = ''
    WHERE c.day < %(today)s AND c.day >= %(first)s AND c.counted_at IS NOT NULL
      AND (m.counted_at IS NULL OR m.counted_at < c.counted_at)
    ORDER BY c.day DESC LIMIT 1
"""
TOUCHES = f"""
    SELECT i.customer_id, w.brand, t.at, t.channel, t.session, g.name, t.campaign,
        CASE WHEN t.channel = 'call' THEN coalesce(n.data ->> 'outcome', '') ELSE '' END
    FROM journeys_touchpoint t
    JOIN crm_identifier i ON i.id = t.identifier_id
    JOIN crm_customer w ON w.id = i.customer_id
    JOIN journeys_channelgroup g ON g.id = t.group_id
    LEFT JOIN journeys_interaction n ON t.channel = 'call' AND n.id = t.interaction_id
    WHERE t.at >= %(since)s AND t.at < %(until)s AND {COUNTED} AND NOT i.customer_id = ANY(%(restricted)s::bigint[])
    ORDER BY t.at, t.id
"""  # noqa: S608 (our own words)


def count(seconds: float) -> bool:
    """Count days for so long; returns whether there is more that nobody else is at."""
    ends_at = time.monotonic() + seconds
    while count_one():
        if time.monotonic() >= ends_at:
            return True
    return False


@transaction.atomic
def count_one() -> bool:
    """Count the day whose turn it is; returns whether there was one."""
    day = next_day(timezone.localdate()) if is_alone(COUNTING) else None
    if day:
        count_day(day)
    return day is not None


def next_day(today: date) -> date | None:
    with cursor() as sql:
        found = sql.execute(DUE, {"today": today, "first": today - timedelta(days=LONGEST)}).fetchone()
    return found[0] if found else None


def count_day(day: date) -> None:
    """Count what happened on a day, and keep that instead of what was counted before."""
    now = timezone.now()
    since, until = midnight_after(day - timedelta(days=1)), midnight_after(day)
    week = touches_between(day - timedelta(days=7), day)
    figures = tallied(week, since, final(converted(since, until)))
    touches = by_brand(week)
    rows = [
        MorningDay(day=day, brand=brand, counted_at=now, **columns_of(figures.get(brand, Figures())),
                   rings={"day": ringing(one for one in touches.get(brand, []) if one.at >= since),
                          "week": ringing(touches.get(brand, []))})
        for brand in sorted({"", *figures})
    ]  # fmt: skip
    MorningDay.objects.filter(day=day).delete()
    MorningDay.objects.bulk_create(rows)
    log.info("morning.counted", rows=len(rows))


def touches_between(after: date, last: date) -> list[Touch]:
    """The touches that may be counted, from the end of one day to that of another, in their order."""
    restricted = array(restricted_customers().values_list("pk", flat=True))
    asked = {"since": midnight_after(after), "until": midnight_after(last), "restricted": restricted}
    with cursor() as sql:
        return [Touch(*row) for row in sql.execute(TOUCHES.encode(), asked).fetchall()]


def columns_of(figures: Figures) -> dict[str, Any]:
    sold: Sequence[list[Any]] = [
        [*way, one.conversions, str(one.value)] for way, one in sorted(figures.sold.items(), key=lambda it: it[0])
    ]
    return {
        "people": figures.people, "week_people": figures.week_people, "visits": figures.visits,
        "calls": figures.calls, "missed": figures.missed, "sold": sold,
    }  # fmt: skip
