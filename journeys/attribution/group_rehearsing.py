"""Trying other rules of channel groups on the last month: what would move from which group to which."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Subquery

from crm.privacy.access import followable_customers
from crm.privacy.actors import Actor
from journeys.attribution.grouping import Facts, Rule, group_of
from journeys.attribution.models import Conversion, Touchpoint
from journeys.attribution.regrouping import kept

LOOKED_BACK = timedelta(days=30)
LOOKBACK = timedelta(days=90)  # before a conversion, for its last touchpoint
MOST_CONVERSIONS = 2_000  # the latest
MOST_KINDS = 50_000  # touchpoints that say the same are looked at once
FACTS = ("channel", "source", "medium", "campaign", "keyword", "content", "click", "landing", "queue")
Move = tuple[str, str]


@dataclass(slots=True)
class Rehearsal:
    """What would move. touches, conversions: how many, by (from, to); looked_at: all touchpoints that were."""

    since: datetime
    looked_at: int = 0
    is_cut: bool = False
    touches: Counter[Move] = field(default_factory=Counter)
    conversions: Counter[Move] = field(default_factory=Counter)

    @property
    def moving(self) -> int:
        return self.touches.total()

    @property
    def moving_conversions(self) -> int:
        return self.conversions.total()

    @property
    def moves(self) -> list[tuple[str, str, int, int]]:
        """(from, to, touchpoints, conversions), the most first."""
        every = {*self.touches, *self.conversions}
        rows = [(*move, self.touches[move], self.conversions[move]) for move in every]
        return sorted(rows, key=lambda row: (-row[2], -row[3], row[:2]))


def rehearse(before: Sequence[Rule], after: Sequence[Rule], actor: Actor, now: datetime) -> Rehearsal:
    """Group the touchpoints of the last month by both, of the customers whom somebody may follow; and conversions by
    their last touchpoint.
    """
    found = Rehearsal(now - LOOKED_BACK)
    groups: dict[Facts, Move] = {}
    kinds = kinds_of(found.since, actor)
    found.is_cut = len(kinds) == MOST_KINDS
    for *said, count in kinds:
        found.looked_at += count
        note(found.touches, move_of(kept(*said), before, after, groups), count)
    for said in last_touches(found.since, actor):
        note(found.conversions, move_of(kept(*said), before, after, groups), 1)
    return found


def move_of(facts: Facts, before: Sequence[Rule], after: Sequence[Rule], known: dict[Facts, Move]) -> Move:
    if facts not in known:
        known[facts] = group_of(facts, before), group_of(facts, after)
    return known[facts]


def note(moves: Counter[Move], move: Move, count: int) -> None:
    if move[0] != move[1]:
        moves[move] += count


def kinds_of(since: datetime, actor: Actor) -> list[Any]:
    """What the touchpoints since then say, with how many say it; the most frequent first."""
    mine = Touchpoint.objects.counted().filter(identifier__customer__in=followable_customers(actor), at__gte=since)
    counted = mine.values(*FACTS).annotate(count=Count("pk")).order_by("-count", *FACTS)
    return list(counted.values_list(*FACTS, "count")[:MOST_KINDS])


def last_touches(since: datetime, actor: Actor) -> list[tuple[str, ...]]:
    """What the last touchpoint before each of the latest conversions says."""
    mine = Conversion.objects.filter(
        identifier__customer__in=followable_customers(actor), at__gte=since, withdrawn_at=None
    )
    touches = Touchpoint.objects.counted().filter(
        identifier__customer=OuterRef("identifier__customer"), at__lte=OuterRef("at"), at__gte=OuterRef("at") - LOOKBACK
    )
    last = mine.annotate(last=Subquery(touches.order_by("-at", "-pk").values("pk")[:1])).order_by("-at", "-pk")
    numbers = [pk for pk in last.values_list("last", flat=True)[:MOST_CONVERSIONS] if pk]
    facts = {pk: said for pk, *said in Touchpoint.objects.filter(pk__in=set(numbers)).values_list("pk", *FACTS)}
    return [tuple(facts[pk]) for pk in numbers]
