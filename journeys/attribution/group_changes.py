"""Changing the rules of channel groups: every change is kept, with who and when, and the last can be taken back.

A rule is named by its place, so whoever changes one says of which rules they speak: those after the change `base`.
"""

from collections.abc import Callable, Sequence

from django.contrib.auth.models import User
from django.db import transaction

from crm import changes
from crm.identity.resolving import lock, lock_number
from journeys.attribution.grouping import DEFAULT, Rule, content_of
from journeys.attribution.groups import standing_rules
from journeys.attribution.models import GroupingChange

GROUPING_LOCK = lock_number("journeys", "channel groups")  # one change at a time, from its reading of what stands
Rules = Sequence[Rule]


def last_change() -> int:
    """The number of the change that made the rules what they are; 0 where nobody changed them."""
    latest = GroupingChange.objects.first()
    return latest.pk if latest else 0


@transaction.atomic
def change(new: Callable[[Rules], Rules], said: str, actor: User, base: int) -> bool:
    """Let the rules be what `new` makes of them; False where they are no longer those that it speaks of."""
    lock([GROUPING_LOCK])
    if last_change() != base:
        return False
    standing = standing_rules()
    made = tuple(new(standing))
    if made != standing:
        GroupingChange.objects.create(content=content_of(made), said=said[:300], actor=actor)
    return True


def undo(last: GroupingChange, actor: User) -> bool:
    """Let the rules be what they were before the last change; False when it is no longer the last."""
    return changes.undo_last(last, content_of(DEFAULT), actor, GROUPING_LOCK)


def put(rules: Rules, place: int, rule: Rule) -> Rules:
    """The rules with one at a place, from 1, instead of what is there; 0: before all others."""
    return [*rules[: place - 1], rule, *rules[place:]] if place else [rule, *rules]


def moved(rules: Rules, place: int, step: int) -> Rules:
    """The rules with one asked earlier (-1) or later (1) by one; the same where there is no such place."""
    if not (1 <= place <= len(rules) and 1 <= place + step <= len(rules)):
        return rules
    rest = [*rules[: place - 1], *rules[place:]]
    return [*rest[: place - 1 + step], rules[place - 1], *rest[place - 1 + step :]]


def removed(rules: Rules, place: int) -> Rules:
    """The rules without one."""
    return [*rules[: place - 1], *rules[place:]]
