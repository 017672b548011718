"""One conversion: the touchpoints that led to it, and what share of it each model gives to each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from journeys.attribution.models import ChannelGroup, Conversion, Touchpoint
from journeys.attribution.paths import Floats, Paths
from journeys.attribution.sharing import SHARING
from journeys.attribution.weighing import WEIGHING

LOOKBACK = 90  # days, of what no definition counts
MOST = 200  # touchpoints: the last before it
DAY = timedelta(days=1)
MODELS = {
    "first": "First", "last": "Last", "last_non_direct": "Last not direct", "linear": "Linear",
    "position": "Position", "time_decay": "Time decay", "shapley": "Shapley",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """A touchpoint on the way, its group, and its share (0 to 1) by each of MODELS, in their order."""

    touch: Touchpoint
    group: str
    shares: Sequence[float]


def lookback_of(conversion: Conversion) -> timedelta:
    """How long before it a touchpoint may be to earn credit."""
    return timedelta(days=conversion.definition.lookback if conversion.definition else LOOKBACK)


def steps_to(conversion: Conversion) -> list[Step]:
    """The touchpoints of the same customer that led to a conversion, the oldest first."""
    touches = Touchpoint.objects.counted().filter(
        identifier__customer=conversion.identifier.customer_id,
        at__lte=conversion.at,
        at__gte=conversion.at - lookback_of(conversion),
    )
    path = list(touches.order_by("-at", "-pk")[:MOST])[::-1]
    names = dict(ChannelGroup.objects.filter(pk__in={one.group_id for one in path}).values_list("pk", "name"))
    found = shares(path, conversion) if path else {}
    return [
        Step(one, names[one.group_id], [float(found[model][place]) for model in MODELS])
        for place, one in enumerate(path)
    ]


def shares(path: Sequence[Touchpoint], conversion: Conversion) -> Mapping[str, Floats]:
    """The share of each touchpoint of a path, by model."""
    alone = journey(path, conversion, list(range(len(path))))
    found = {name: SHARING[name](alone).conversions for name in ("first", "last", "linear")}
    found |= {name: WEIGHING[name](alone) for name in ("last_non_direct", "position", "time_decay")}
    return found | {"shapley": by_group(path, conversion)}


def by_group(path: Sequence[Touchpoint], conversion: Conversion) -> Floats:
    """The Shapley value is of groups: their share is shared alike by their touchpoints."""
    groups = sorted({one.group_id for one in path})
    codes = [groups.index(one.group_id) for one in path]
    each = SHARING["shapley"](journey(path, conversion, codes)).conversions / np.bincount(codes)
    return each[codes]


def journey(path: Sequence[Touchpoint], conversion: Conversion, codes: Sequence[int]) -> Paths:
    """The path as models have it, each touchpoint of the channel of its code."""
    return Paths(
        [str(code) for code in sorted(set(codes))], np.array(codes, dtype=np.int32), np.array([0, len(path)]),
        np.ones(1), np.zeros(1), np.zeros(1), ages=np.array([(conversion.at - one.at) / DAY for one in path]),
        is_direct=np.array([one.is_direct for one in path]),
    )  # fmt: skip
