"""Which days are to be counted anew: those that a change of touchpoints, of conversions or of whose they are reaches.

Triggers say of which days something changed (StaleDay); a touchpoint reaches the days on which a journey that it may be
of can end.
"""

from datetime import date, datetime, timedelta
from zlib import crc32

from django.utils import timezone

from crm.sql import array, cursor
from journeys.attribution.following import settled
from journeys.attribution.kept import CountedDay
from journeys.attribution.models import ConversionDefinition, Place
from journeys.attribution.streaming import window
from journeys.attribution.tabulating import MARKETED

LOG, PLACE = "crm_identityevent", "credited identity"
MOST = 500  # lines of the log at once
URGENT = timedelta(minutes=10)
WITHHELD = "withheld"  # days say since then how much of them is left out
WINDOWS = "credited by windows"  # a number that stands for how far definitions look back
TAKE = """
    WITH taken AS (DELETE FROM journeys_staleday RETURNING day, what, is_urgent)
    INSERT INTO journeys_countedday AS d (day, stale_since, is_urgent)
    SELECT one::date, %(now)s::timestamptz, bool_or(t.is_urgent)
    FROM (SELECT day, what, bool_or(is_urgent) AS is_urgent FROM taken GROUP BY day, what) AS t
    CROSS JOIN LATERAL generate_series(
        (t.day - 1)::timestamp,
        least(t.day + CASE t.what WHEN 'conversion' THEN %(conversion)s ELSE %(touch)s END, %(today)s)::timestamp,
        interval '1 day'
    ) AS one
    GROUP BY one::date
    ON CONFLICT (day) DO UPDATE SET stale_since = coalesce(d.stale_since, excluded.stale_since),
        is_urgent = d.is_urgent OR excluded.is_urgent
"""
# Every day up to today once there is one; and a day that was counted before it was over.
GO_ON = """
    INSERT INTO journeys_countedday AS d (day, stale_since)
    SELECT one::date, %(now)s FROM generate_series(
        (SELECT max(day) + 1 FROM journeys_countedday)::timestamp, %(today)s::timestamp, interval '1 day') AS one
    ON CONFLICT DO NOTHING
"""
OVER = """
    UPDATE journeys_countedday SET stale_since = %(now)s
    WHERE stale_since IS NULL AND day < %(today)s AND counted_at < (day + 1)::timestamp AT TIME ZONE %(zone)s
"""
MOVED = """
    SELECT id, ARRAY(
        SELECT DISTINCT (jsonb_array_elements_text(one - 0))::bigint FROM jsonb_array_elements(moved) AS one)
    FROM crm_identityevent WHERE id > %s AND id <= %s ORDER BY id LIMIT %s
"""
OF_CUSTOMERS = """
    INSERT INTO journeys_staleday (day, what)
    SELECT DISTINCT (t.at AT TIME ZONE 'UTC')::date, 'touch'
    FROM crm_identifier i JOIN journeys_touchpoint t ON t.identifier_id = i.id
    WHERE i.customer_id = ANY(%(customers)s::bigint[])
    UNION ALL
    SELECT DISTINCT (c.at AT TIME ZONE 'UTC')::date, 'conversion'
    FROM crm_identifier i JOIN journeys_conversion c ON c.identifier_id = i.id
    WHERE i.customer_id = ANY(%(customers)s::bigint[])
"""


def notice(now: datetime) -> None:
    """Note which days are stale by now. Not to be asked within a transaction whose statements all see the same."""
    notice_moved()
    notice_windows(now)
    days = window().days
    reach = {"touch": 2 * days + 1, "conversion": days + 1}  # UTC's days are not those of the screens
    today = timezone.localdate(now)
    zone = timezone.get_current_timezone_name()
    with cursor() as sql:
        sql.execute(TAKE, {"now": now, "today": today, **reach})
        sql.execute(GO_ON, {"now": now, "today": today})
        sql.execute(OVER, {"now": now, "today": today, "zone": zone})


def notice_windows(now: datetime) -> None:
    """Note every day, once a definition looks back otherwise than before, or tells calls or stages apart anew; or days
    are counted by something that they were not.
    """
    counting = ConversionDefinition.objects.filter(is_active=True).order_by("pk")
    told = [*counting.values_list("pk", "lookback", "is_by_phone", "stage"), MARKETED, WITHHELD]
    number = crc32(repr(told).encode())
    if not Place.objects.filter(name=WINDOWS, upto=number).exists():
        Place.objects.update_or_create(name=WINDOWS, defaults={"upto": number})
        CountedDay.objects.filter(stale_since=None).update(stale_since=now)


def notice_moved() -> None:
    """Note the days of customers that were joined or parted since."""
    ceiling = settled(LOG)
    place = Place.objects.filter(name=PLACE).values_list("upto", flat=True).first() or 0
    while ceiling is not None and place < ceiling:
        with cursor() as sql:
            found = sql.execute(MOVED, [place, ceiling, MOST]).fetchall()
            customers = {one for _, moved in found for one in moved if one}
            if customers:
                sql.execute(OF_CUSTOMERS, {"customers": array(sorted(customers))})
        place = found[-1][0] if len(found) == MOST else ceiling
        Place.objects.update_or_create(name=PLACE, defaults={"upto": place})


def patience(day: date, today: date, *, is_urgent: bool = False) -> timedelta:
    """How long a day that changed waits before it is counted anew: what is old changes little, and for few; but whoever
    may not be counted any more is not to be for long.
    """
    if is_urgent and day < today:
        return URGENT
    if day >= today:
        return timedelta(minutes=1)
    return timedelta(minutes=30) if (today - day).days <= 7 else timedelta(hours=6)
