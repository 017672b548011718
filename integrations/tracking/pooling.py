"""Filling a pool with numbers, and what its traffic says of its size."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Avg, F
from django.utils import timezone

from crm.sources.models import Source
from integrations.tracking.errors import NumberTaken
from integrations.tracking.models import Lease, NumberPool, TrackedCall, TrackingNumber, Unserved
from integrations.tracking.sizing import blocking, numbers_for, offered_load

LOOKED_BACK = timedelta(days=7)
TELLING = 50  # visits in that time; of fewer nothing can be advised


@transaction.atomic
def fill(source: Source, numbers: Collection[str], fallback: str, hold: int, target: float) -> NumberPool:
    """Set a source's numbers (E.164). Those that are left out are disabled, and keep their history for late callers.

    Raises NumberTaken where a number is another pool's.
    """
    told = {"fallback": fallback, "hold": hold, "target": target}
    pool, _ = NumberPool.objects.update_or_create(source=source, defaults=told)
    wanted = set(numbers)
    taken = TrackingNumber.objects.filter(number__in=wanted).exclude(pool=pool).select_related("pool__source").first()
    if taken:
        raise NumberTaken(f"{taken.number} is shown by {taken.pool.source.name}; a number is one site's")
    own = TrackingNumber.objects.filter(pool=pool)
    known = set(own.values_list("number", flat=True))
    own.filter(number__in=wanted, disabled_at__isnull=False).update(disabled_at=None)
    own.filter(disabled_at=None).exclude(number__in=wanted).update(disabled_at=timezone.now())
    TrackingNumber.objects.bulk_create(TrackingNumber(pool=pool, number=number) for number in sorted(wanted - known))
    return pool


@dataclass(frozen=True, slots=True)
class Use:
    """What a pool's traffic was like of late. load: erlangs; needed: None where too little is known to advise.

    expected, measured: the share of visits that find, and found, every number taken. calls: to these numbers; linked:
    those that are as good as certainly of one visit.
    """

    counts: dict[str, int]
    visits: int
    mean_visit: timedelta
    load: float
    needed: int | None
    expected: float
    measured: float
    calls: int
    linked: int

    @property
    def is_telling(self) -> bool:
        return self.needed is not None

    @property
    def labelled(self) -> list[tuple[str, int]]:
        """How many numbers are in each state, in words."""
        return [(TrackingNumber.State(state).label, count) for state, count in self.counts.items()]

    @property
    def expected_percent(self) -> str:
        return percent(self.expected)

    @property
    def measured_percent(self) -> str:
        return percent(self.measured)


def percent(share: float) -> str:
    """A share as people read it."""
    return "less than 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"


def use_of(pool: NumberPool, at: datetime) -> Use:
    """How a pool is used, and how many numbers its traffic asks for."""
    since = max(at - LOOKED_BACK, pool.created_at)
    leases = Lease.objects.filter(number__pool=pool, landed_at__gt=since, landed_at__lte=at)
    served, unserved = leases.count(), Unserved.objects.filter(pool=pool, at__gt=since, at__lte=at).count()
    visits = served + unserved
    calls = TrackedCall.objects.filter(number__pool=pool, at__gt=since, at__lte=at)
    stay = leases.aggregate(mean=Avg(F("seen_at") - F("landed_at")))["mean"] or timedelta(0)
    load = offered_load(visits / max((at - since).total_seconds(), 1.0), stay, timedelta(seconds=pool.hold))
    counts = states_of(pool, at)
    in_use = sum(counts.values()) - counts[TrackingNumber.State.DISABLED]
    return Use(
        counts=counts,
        visits=visits,
        mean_visit=stay,
        load=load,
        needed=numbers_for(load, pool.target) if visits >= TELLING else None,
        expected=blocking(load, in_use),
        measured=unserved / visits if visits else 0.0,
        calls=calls.count(),
        linked=calls.filter(lease__isnull=False).count(),
    )


def states_of(pool: NumberPool, at: datetime) -> dict[str, int]:
    """How many numbers are in each state. Leased: its visitor showed signs of life of late; cooling: held since."""
    counts = dict.fromkeys(TrackingNumber.State.values, 0)
    for number in pool.numbers.select_related("lease"):
        counts[number.state(at)] += 1
    return counts


def sites_with_numbers() -> list[str]:
    """The namespaces of the sites whose visitors see a number of their own."""
    return list(NumberPool.objects.values_list("source__namespace", flat=True).distinct())
