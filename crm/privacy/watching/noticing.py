"""Noticing unusual amounts of viewing, out of the audit log: more than people do, and more than the same person does.

Both have to hold: whoever answers calls all day looks at many, every day, and whoever looks at two where they never
looked at any is no matter yet.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from crm.privacy.watching.models import Alert
from crm.sql import cursor

WITHIN = timedelta(hours=1)
USUAL_OF = timedelta(days=28)
TIMES_USUAL = 2
# What nobody is asked about: customers opened, looked at and listened to, or searches, within an hour.
UNNOTICED = {Alert.What.LOOKS: 60, Alert.What.SEARCHES: 120, Alert.What.REVEALS: 8, Alert.What.PLAYS: 40}
ACTS = {
    Alert.What.LOOKS: "looked", Alert.What.SEARCHES: "searched", Alert.What.REVEALS: "revealed",
    Alert.What.PLAYS: "played",
}  # fmt: skip
# A search is of no customer: searches are counted one by one, the others by customer.
COUNT = """
    SELECT user_id, api_key_id, max(actor), count(DISTINCT coalesce(customer_id, -id))
    FROM crm_auditentry
    WHERE act = %(act)s AND at > %(since)s AND at <= %(now)s AND (user_id IS NOT NULL OR api_key_id IS NOT NULL)
    GROUP BY 1, 2 HAVING count(DISTINCT coalesce(customer_id, -id)) > %(unnoticed)s
"""
USUAL = """
    SELECT coalesce(max(n), 0) FROM (
        SELECT count(DISTINCT coalesce(customer_id, -id)) AS n FROM crm_auditentry
        WHERE act = %(act)s AND at > %(from)s AND at <= %(since)s
          AND user_id IS NOT DISTINCT FROM %(user)s::int AND api_key_id IS NOT DISTINCT FROM %(key)s::bigint
        GROUP BY date_trunc('hour', at)
    ) AS hours
"""


class Seen(NamedTuple):
    """How much of something somebody did within the hour."""

    user: int | None
    key: int | None
    actor: str
    much: int


def notice(now: datetime | None = None) -> int:
    """Raise an alert for each unusual amount of the last hour that none was raised for; returns how many."""
    until = now or timezone.now()
    return sum(raised(what, one, until) for what in Alert.What for one in busy(what, until))


def busy(what: Alert.What, now: datetime) -> Iterable[Seen]:
    """Those who did more of it within the hour than nobody is asked about."""
    asked = {"act": ACTS[what], "since": now - WITHIN, "now": now, "unnoticed": UNNOTICED[what]}
    with cursor() as sql:
        return [Seen(*row) for row in sql.execute(COUNT, asked)]


def raised(what: Alert.What, seen: Seen, now: datetime) -> bool:
    """Raise an alert unless it is what they do every day, or one stands for the same hour: then it tells the most."""
    since = now - WITHIN
    usual = usual_of(what, seen, since)
    if seen.much <= TIMES_USUAL * usual:
        return False
    same = Alert.objects.filter(what=what, user=seen.user, api_key=seen.key, at__gt=since, closed_at=None)
    if standing := same.order_by("-at").first():
        Alert.objects.filter(pk=standing.pk, count__lt=seen.much).update(count=seen.much)
        return False
    Alert.objects.create(
        what=what, actor=seen.actor, user_id=seen.user, api_key_id=seen.key, since=since, at=now, count=seen.much,
        usual=usual,
    )  # fmt: skip
    return True


def usual_of(what: Alert.What, seen: Seen, since: datetime) -> int:
    """The most that they did of it within an hour of the weeks before."""
    asked = {"act": ACTS[what], "from": since - USUAL_OF, "since": since, "user": seen.user, "key": seen.key}
    with cursor() as sql:
        row = sql.execute(USUAL, asked).fetchone()
    return int(row[0]) if row else 0
