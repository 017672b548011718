"""Changing the rules of routing: every change is kept, with who and when, and the last can be taken back.

A rule keeps its id through that: calls name it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from crm import changes
from crm.errors import ThroughlineError
from crm.identity.resolving import lock
from journeys.calls.models import Agent, Queue, RoutingChange, RoutingRule

ROUTING_LOCK = 0x726F7574  # one change at a time, from its reading of what stands
NOTHING: dict[str, Any] = {"rules": []}
COLUMNS = ("name", "conditions", "queue_id", "agent_id", "skill", "level", "timeout", "next_queue_id", "is_live",
           "is_shadow")  # fmt: skip


class Gone(ThroughlineError):
    """What stood before cannot stand again; its text says why."""


def standing() -> dict[str, Any]:
    """The rules as they are, as they are kept with a change."""
    return {"rules": list(RoutingRule.objects.values("id", *COLUMNS))}


@contextmanager
def changing(actor: User, said: str) -> Iterator[None]:
    """Within it, the rules may be changed; said: what is, in words. What stood before the first change is kept too."""
    with transaction.atomic():
        lock([ROUTING_LOCK])
        if not RoutingChange.objects.exists():
            RoutingChange.objects.create(content=standing(), said="The rules as they stood")
        yield
        RoutingChange.objects.create(content=standing(), said=said[:300], actor=actor)


@transaction.atomic
def undo(change: RoutingChange, actor: User) -> bool:
    """Let the rules be what they were before the last change; False when it is no longer the last.

    Raises Gone where a queue or an agent that they name is there no more.
    """
    if not changes.undo_last(change, NOTHING, actor, ROUTING_LOCK):
        return False
    restore(RoutingChange.objects.latest("pk").content["rules"])
    return True


def restore(rules: list[dict[str, Any]]) -> None:
    """Let these be the rules, in this order."""
    places = {one[name] for one in rules for name in ("queue_id", "next_queue_id") if one[name]}
    people = {one["agent_id"] for one in rules if one["agent_id"]}
    if Queue.objects.filter(pk__in=places).count() < len(places) or Agent.objects.filter(pk__in=people).count() < len(
        people
    ):
        raise Gone("a queue or an agent that the rules named before is no longer there; change the rules instead")
    RoutingRule.objects.exclude(pk__in=[one["id"] for one in rules]).delete()
    RoutingRule.objects.bulk_create(
        [RoutingRule(position=place, **one) for place, one in enumerate(rules, 1)],
        update_conflicts=True, unique_fields=["id"], update_fields=["position", *COLUMNS],
    )  # fmt: skip


def put_in_order(rules: Iterable[RoutingRule]) -> None:
    """Give the rules their places in this order."""
    for place, rule in enumerate(rules, 1):
        if rule.position != place:
            RoutingRule.objects.filter(pk=rule.pk).update(position=place)


def save(rule: RoutingRule, actor: User) -> None:
    """Keep a rule that was added (at the end) or changed."""
    with changing(actor, f"{'Changed' if rule.pk else 'Added'} the rule {rule.name}"):
        rule.save()
        put_in_order(RoutingRule.objects.all())


def switch(rule: RoutingRule, state: str, actor: User) -> None:
    """Let a rule decide (live), be tried (shadow), or do nothing (off)."""
    with changing(actor, f"Switched the rule {rule.name} from {rule.state} to {state}"):
        rule.state = state
        rule.save(update_fields=["is_live", "is_shadow"])


def move(rule_id: int, step: int, actor: User) -> None:
    """Ask a rule earlier (-1) or later (1) by one; nothing where it is the first or the last."""
    with transaction.atomic():
        lock([ROUTING_LOCK])
        rules = list(RoutingRule.objects.all())
        place = next((n for n, one in enumerate(rules) if one.pk == rule_id), -1)
        if place < 0 or not 0 <= place + step < len(rules):
            return
        rule = rules.pop(place)
        with changing(actor, f"Moved the rule {rule.name} {'up' if step < 0 else 'down'}"):
            put_in_order([*rules[: place + step], rule, *rules[place + step :]])


def remove(rule: RoutingRule, actor: User) -> None:
    """Remove a rule; calls that it decided go on naming it."""
    with changing(actor, f"Removed the rule {rule.name}"):
        rule.delete()
        put_in_order(RoutingRule.objects.all())
