"""The live path of scored matching: what changed is compared anew with whoever shares a blocking key with it, and the
scored links of the customers that it touches are made what the whole pass would make them.
"""

import time
from collections.abc import Collection, Mapping

import structlog
from django.db import transaction

from crm.live import notify
from crm.matching.asking import ask
from crm.matching.gathering import UNITS_READ, Around, Blocks
from crm.matching.profiles import Compared, Refreshed, loaded, read_profiles, refreshing
from crm.matching.relinking import relink, write_pairs
from crm.matching.tables import uncollected
from crm.matching.weighing import Measured, Weighed, weigh
from crm.reading import Reading, both, read
from crm.sql import cursor, kept_plans

log = structlog.get_logger(__name__)

BATCH = 500  # rows; a record that arrives makes about three
LOCK = 0x6D61746368  # one matcher at a time: two new records that arrive at once would miss each other

WAITING = """
    SELECT extract(epoch FROM clock_timestamp() - at) FROM crm_matchdue
    WHERE EXISTS (SELECT 1 FROM crm_trainedmodel WHERE is_current)
        AND NOT EXISTS (SELECT 1 FROM crm_matchrun WHERE state = 'applying')
    ORDER BY id LIMIT 1
"""
# Nobody else matches until the transaction ends, once the lock is had. Deleted by number: a join, planned when nothing
# is due, would look through all that is due for each row of the batch.
CLAIM = """
    WITH current AS MATERIALIZED (
        SELECT id FROM crm_trainedmodel
        WHERE is_current AND NOT EXISTS (SELECT 1 FROM crm_matchrun WHERE state = 'applying')
            AND pg_try_advisory_xact_lock(%(lock)s)
    ), next AS MATERIALIZED (
        SELECT id FROM crm_matchdue WHERE (SELECT id FROM current) IS NOT NULL
        ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    DELETE FROM crm_matchdue WHERE id = ANY(ARRAY(SELECT id FROM next))
    RETURNING identifier_id, is_moved, (SELECT id FROM current)
"""


def match_due(seconds: float = 5.0) -> int:
    """Match what is due, batch by batch, until nothing is or the time is up; returns how many were looked at."""
    ends_at, matched = time.monotonic() + seconds, 0
    while time.monotonic() < ends_at:
        count = match_batch(BATCH)
        matched += count
        if count < BATCH:
            break
    return matched


def waiting() -> float | None:
    """How many seconds the oldest of what is due has waited; None when nothing is, or nothing can be matched yet."""
    with cursor() as sql:
        row = sql.execute(WAITING).fetchone()
    return float(row[0]) if row else None


@transaction.atomic
def match_batch(limit: int) -> int:
    """Match some of what is due. 0 also while another matcher is at it, or while there is no trained model, or while
    a whole pass is being applied.
    """
    with kept_plans(is_hurried=False), uncollected():  # lost in a crash, it is due again
        with cursor() as sql:
            due = sql.execute(CLAIM, {"lock": LOCK, "limit": limit}).fetchall()
        if due:
            match({one for one, _, _ in due}, {one for one, is_moved, _ in due if is_moved}, due[0][2])
    return len(due)


def match(told: Collection[int], moved: Collection[int], model_id: int) -> set[int]:
    """Match identifiers of which something was said, and those that changed hands; returns the customers that gained
    or lost. The caller holds the lock.
    """
    around, blocks = Around(), Blocks()
    fresh, _ = read(both(changing(told, model_id, blocks), around.reading({*told, *moved}, model_id)))
    if not (fresh.changed or fresh.gone or moved):
        return set()
    around.renew(fresh.changed, fresh.gone)
    near = candidates(fresh.changed, blocks)
    known = around.units | fresh.changed
    profiles = read_profiles(set().union(*near.values()) - known.keys(), model_id) | known
    measured = Measured(loaded(model_id), profiles)
    around.read_on(blocks.crossed | likely(near, measured), model_id)
    if not around.is_whole:
        log.warning("matching.left_to_the_whole_pass", identifiers=len(around.units), cap=UNITS_READ)
        return set()
    profiles.update(around.units)
    units = set(around.units)
    found = weigh(Weighed(measured, units, near, blocks), around.standing, model_id)
    write_pairs(found.pairs, units, fresh)
    changed = relink(found.links, around.standing, loaded(model_id).version)
    ask(units | fresh.gone.keys(), found.taken_back)
    notify(changed)
    return changed


def changing(told: Collection[int], model_id: int, blocks: Blocks) -> Reading[Refreshed]:
    """Compute anew how identifiers are compared, and read who shares a key with those that changed."""
    fresh = yield from refreshing(told, model_id)
    yield from blocks.reading({key for one in fresh.changed.values() for key in one.keys}, fresh.gained)
    return fresh


def candidates(changed: Mapping[int, Compared], blocks: Blocks) -> dict[int, set[int]]:
    """Whom each of the changed shares a key with."""
    nobody: frozenset[int] = frozenset()
    return {
        one: set(nobody.union(*(blocks.members.get(key, nobody) for key in profile.keys))) - {one}
        for one, profile in changed.items()
    }


def likely(near: Mapping[int, set[int]], measured: Measured) -> set[int]:
    """Those near the changed that may be one with them, and those that share a contact with them."""
    found, profiles = set(), measured.profiles
    measured.score((one, other) for one, others in near.items() for other in others & profiles.keys())
    for one, others in near.items():
        contacts = profiles[one].contact_keys()
        for other in others & profiles.keys():
            if not contacts.isdisjoint(profiles[other].keys) or measured.of(one, other)[0] >= 0:
                found.add(other)
    return found
