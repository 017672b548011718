"""Leasing: one number, one visitor at a time. Whoever asks again keeps theirs; where none is free, none is taken."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import transaction

from crm.identity.kinds import Kind
from crm.identity.normalise import normalise
from crm.identity.resolving import lock, lock_number
from crm.privacy.erasing.suppressing import is_suppressed
from crm.sql import cursor
from integrations.tracking.models import NumberPool, Unserved

# A visit that comes back while its number is still its own goes on with it.
KEEP = """
    WITH mine AS (
        SELECT n.id AS number_id, n.number, l.id FROM integrations_lease l
        JOIN integrations_trackingnumber n ON n.id = l.number_id AND n.lease_id = l.id
        WHERE l.visitor = %(visitor)s AND n.pool_id = %(pool)s AND n.disabled_at IS NULL AND n.held_until > %(at)s
        ORDER BY l.landed_at DESC LIMIT 1
    ), seen AS (
        UPDATE integrations_lease l SET seen_at = greatest(l.seen_at, %(at)s) FROM mine WHERE l.id = mine.id
    ), held AS (
        UPDATE integrations_trackingnumber n SET held_until = greatest(n.held_until, %(until)s)
        FROM mine WHERE n.id = mine.number_id
    )
    SELECT id, number FROM mine
"""
# The one released longest ago; those that others are just taking are passed by.
TAKE = """
    WITH free AS (
        SELECT id FROM integrations_trackingnumber
        WHERE pool_id = %(pool)s AND disabled_at IS NULL AND held_until <= %(at)s
        ORDER BY held_until, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), made AS (
        INSERT INTO integrations_lease (number_id, visitor, landed, landed_at, seen_at)
        SELECT id, %(visitor)s, %(landed)s::jsonb, %(at)s, %(at)s FROM free RETURNING id, number_id
    )
    UPDATE integrations_trackingnumber n SET held_until = %(until)s, lease_id = made.id
    FROM made WHERE n.id = made.number_id RETURNING made.id, n.number
"""


HAD_ONE = """
    SELECT EXISTS (
        SELECT 1 FROM integrations_lease l JOIN integrations_trackingnumber n ON n.id = l.number_id
        WHERE l.visitor = %(visitor)s AND n.pool_id = %(pool)s
    )
"""


class Shown(NamedTuple):
    """What a visitor is shown. lease: None where it is the fallback number, which says nothing of who calls it."""

    number: str
    lease: int | None


@transaction.atomic
def lease(pool: NumberPool, visitor: str, landed: dict[str, Any], at: datetime, *, is_landing: bool = True) -> Shown:
    """The number that a visitor sees now: theirs, or the next that is free, or the fallback. A sign of life, too.

    is_landing: the first time that a page asks; one that finds none is counted then, once, and goes on seeing the
    fallback: a number that changes under the eyes of whoever dials it would be worse. So does a visitor who was erased,
    of whom nothing is kept.
    """
    browser = normalise(Kind.COOKIE.value, visitor, pool.source.namespace, pool.source.country)
    if browser and is_suppressed(browser, at):
        return Shown(pool.fallback, None)
    lock([lock_number("lease", str(pool.pk), visitor)])  # two tabs of one browser ask at once
    told = {"pool": pool.pk, "visitor": visitor, "at": at, "until": at + timedelta(seconds=pool.hold)}
    with cursor() as sql:
        found = sql.execute(KEEP, told).fetchone()
        if found is None and (is_landing or (sql.execute(HAD_ONE, told).fetchone() or (False,))[0]):
            found = sql.execute(TAKE, told | {"landed": orjson.dumps(landed).decode()}).fetchone()
    if found:
        return Shown(found[1], found[0])
    if is_landing:
        Unserved.objects.create(pool=pool, at=at)
    return Shown(pool.fallback, None)
