"""The rates at which a site's visitors dial, learned from its own calls and kept beside its numbers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from integrations.tracking.dialling import EDGES, Holder, Rates, learn
from integrations.tracking.models import Lease, NumberPool, TrackedCall

LOOKED_BACK = timedelta(days=30)
ENOUGH = 30  # confirmed calls; of fewer, the usual rates tell more
MOST_LEASES = 200_000


def rates_of(pool: NumberPool) -> Rates:
    """A pool's own rates; the usual ones until they are learned, or where the bins have changed since."""
    return rates_from(pool.rates)


def rates_from(told: Mapping[str, Sequence[float]]) -> Rates:
    """Rates as a pool keeps them."""
    kept = {phase: tuple(rates) for phase, rates in told.items() if phase in EDGES}
    is_whole = all(len(kept.get(phase, ())) == len(edges) - 1 for phase, edges in EDGES.items())
    return Rates(kept) if is_whole else Rates()


def learn_rates(at: datetime) -> int:
    """Learn each pool's rates anew; returns of how many pools enough calls were known."""
    pools = [pool for pool in NumberPool.objects.select_related("source") if learned(pool, at)]
    NumberPool.objects.bulk_update(pools, ["rates"])
    return len(pools)


def learned(pool: NumberPool, at: datetime) -> bool:
    """Learn a pool's rates, if enough of its calls are known to be from a visitor's own phone."""
    calls = TrackedCall.objects.filter(number__pool=pool, at__gt=at - LOOKED_BACK, at__lte=at)
    confirmed = calls.filter(is_confirmed=True, lease__isnull=False).select_related("lease")
    if confirmed.count() < ENOUGH:
        return False
    whole, known = calls.filter(Q(lease__isnull=False)).count(), confirmed.count()
    leases = Lease.objects.filter(number__pool=pool, landed_at__gt=at - LOOKED_BACK).order_by("-landed_at")
    holders = (Holder(str(one.pk), one.landed_at, one.seen_at) for one in leases[:MOST_LEASES].iterator())
    told = [
        (Holder(str(call.lease.pk), call.lease.landed_at, min(call.lease.seen_at, call.at)), call.at)
        for call in confirmed
        if call.lease
    ]
    pool.rates = {phase: list(rates) for phase, rates in learn(holders, told, known / whole, at).by_phase.items()}
    return True
