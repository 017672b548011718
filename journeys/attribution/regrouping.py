"""Putting touchpoints into the groups of other rules, in bites, once the rules have changed.

What is derived meanwhile is grouped by the rules that stand, and nobody derives while a bite is written.
"""

from typing import NamedTuple

from django.db import transaction

from crm.sql import array, cursor
from journeys.attribution.group_changes import last_change
from journeys.attribution.grouping import Facts, facts_of
from journeys.attribution.groups import standing
from journeys.attribution.locking import DERIVING, is_alone
from journeys.attribution.models import Place, Touchpoint
from journeys.attribution.touches import Marks

BITE = 5_000  # touchpoints
BY, UPTO = "regrouped by", "regrouped upto"  # the change that they are grouped by, and up to which touchpoint
READ = """
    SELECT id, group_id, channel, source, medium, campaign, keyword, content, click, landing, queue
    FROM journeys_touchpoint WHERE id > %s ORDER BY id LIMIT %s
"""
WRITE = """
    UPDATE journeys_touchpoint t SET group_id = n.group_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, group_id) WHERE t.id = n.id
"""


class Progress(NamedTuple):
    """How far touchpoints are grouped by the rules that stand: hundredths."""

    is_over: bool
    percent: int


def regroup_some(limit: int = BITE) -> bool:
    """Regroup the next touchpoints, where that is due; returns whether there may be more that nobody else is at."""
    with transaction.atomic():
        if progress().is_over or not is_alone(DERIVING):
            return False
        wanted, upto = last_change(), place(UPTO)
        if place(BY) != wanted:
            reach(BY, wanted)
            upto = 0
        found = bite(upto, limit)
        reach(UPTO, found[-1] if found else -1)
        return bool(found)


def bite(upto: int, limit: int) -> list[int]:
    """Regroup the touchpoints after a number; returns theirs."""
    grouping = standing()
    with cursor() as sql:
        rows = sql.execute(READ, [upto, limit]).fetchall()
        now = [(row, before, grouping.number_of_facts(kept(*said))) for row, before, *said in rows]
        moving = [(row, after) for row, before, after in now if before != after]
        if moving:
            sql.execute(WRITE, [array(column) for column in zip(*moving, strict=True)])
    return [row for row, *_ in rows]


def kept(channel: str, *said: str) -> Facts:
    """What rules may ask of a touchpoint, by its columns: marks, landing, queue."""
    *marks, landing, queue = said
    return facts_of(channel, Marks(*marks), landing, queue)


def progress() -> Progress:
    is_over = place(BY) == last_change() and place(UPTO) <= 0
    last = Touchpoint.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    done = max(place(UPTO), 0) if place(BY) == last_change() else 0
    return Progress(is_over, 100 if is_over else min(99, 100 * done // max(last, 1)))


def place(name: str) -> int:
    return Place.objects.filter(name=name).values_list("upto", flat=True).first() or 0


def reach(name: str, upto: int) -> None:
    Place.objects.update_or_create(name=name, defaults={"upto": upto})
