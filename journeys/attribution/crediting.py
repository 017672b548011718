"""One conversion: the touchpoints that led to it, and what share of it each model gives to each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Max, Min

from journeys.attribution.models import ChannelGroup, Conversion, ConversionDefinition, Touchpoint
from journeys.attribution.paths import Floats, Paths
from journeys.attribution.sharing import SHARING
from journeys.attribution.streaming import NOTED
from journeys.attribution.weighing import WEIGHING

MOST = 200  # touchpoints: the last before it
DAY = timedelta(days=1)
Milestones = tuple[datetime | None, ...]  # when the lead was there, and when the opportunity
MODELS = {
    "first": "First", "last": "Last", "last_non_direct": "Last non-direct", "linear": "Linear",
    "position": "Position", "w": "W-shaped", "time_decay": "Time decay", "shapley": "Shapley",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """A touchpoint on the way, its group, and its share (0 to 1) by each of MODELS, in their order."""

    touch: Touchpoint
    group: str
    shares: Sequence[float]


def lookback_of(conversion: Conversion) -> timedelta:
    """How long before it a touchpoint may be to earn credit."""
    return timedelta(days=conversion.definition.lookback if conversion.definition else NOTED)


def end_of(conversion: Conversion) -> datetime:
    """Until when its touchpoints are: a refund takes from the path of the order that it gives back, by whatever it was
    counted where the refund is of no definition.
    """
    orders = Conversion.objects.filter(order=conversion.order, role="", withdrawn_at=None, at__lte=conversion.at)
    if conversion.definition_id:
        orders = orders.filter(definition=conversion.definition_id)
    is_refund = conversion.role == Conversion.Role.REFUND and conversion.order
    return (orders.aggregate(Max("at"))["at__max"] if is_refund else None) or conversion.at


def milestones_of(conversion: Conversion, end: datetime) -> Milestones:
    """When the customer first became a lead, and an opportunity, on the way to it."""
    on_the_way = Conversion.objects.counted().filter(
        identifier__customer=conversion.identifier.customer_id,
        role="",
        at__gt=end - lookback_of(conversion),
        at__lte=end,
    )
    stages = ConversionDefinition.Stage
    return tuple(
        on_the_way.filter(definition__stage=stage).aggregate(Min("at"))["at__min"]
        for stage in (stages.LEAD, stages.OPPORTUNITY)
    )


def steps_to(conversion: Conversion) -> list[Step]:
    """The touchpoints of the same customer that led to a conversion, the oldest first."""
    end = end_of(conversion)
    touches = Touchpoint.objects.counted().filter(
        identifier__customer=conversion.identifier.customer_id, at__lte=end, at__gt=end - lookback_of(conversion)
    )
    path = list(touches.order_by("-at", "-pk")[:MOST])[::-1]
    names = dict(ChannelGroup.objects.filter(pk__in={one.group_id for one in path}).values_list("pk", "name"))
    found = shares(path, end, milestones_of(conversion, end)) if path else {}
    return [
        Step(one, names[one.group_id], [float(found[model][place]) for model in MODELS])
        for place, one in enumerate(path)
    ]


def shares(path: Sequence[Touchpoint], end: datetime, milestones: Milestones) -> Mapping[str, Floats]:
    """The share of each touchpoint of a path, by model."""
    alone = replace(journey(path, end, list(range(len(path)))), milestones=np.array([brought(path, milestones)]))
    found = {name: SHARING[name](alone).conversions for name in ("first", "last", "linear")}
    found |= {name: WEIGHING[name](alone) for name in ("last_non_direct", "position", "w", "time_decay")}
    return found | {"shapley": by_group(path, end)}


def brought(path: Sequence[Touchpoint], milestones: Milestones) -> list[int]:
    """The place of the last touchpoint that was not after each milestone; -1 where there is none."""
    return [sum(one.at <= at for one in path) - 1 if at else -1 for at in milestones]


def by_group(path: Sequence[Touchpoint], end: datetime) -> Floats:
    """The Shapley value is of groups: their share is shared alike by their touchpoints."""
    groups = sorted({one.group_id for one in path})
    codes = [groups.index(one.group_id) for one in path]
    each = SHARING["shapley"](journey(path, end, codes)).conversions / np.bincount(codes)
    return each[codes]


def journey(path: Sequence[Touchpoint], end: datetime, codes: Sequence[int]) -> Paths:
    """The path as models have it, each touchpoint of the channel of its code."""
    return Paths(
        [str(code) for code in sorted(set(codes))], np.array(codes, dtype=np.int32), np.array([0, len(path)]),
        np.ones(1), np.zeros(1), np.zeros(1), ages=np.array([(end - one.at) / DAY for one in path]),
        is_direct=np.array([one.is_direct for one in path]),
    )  # fmt: skip
