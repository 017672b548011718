"""How leases age: that a number was held stays, by which browser and how its visit began does not."""

from collections.abc import Collection

from django.db.models import Q

from integrations.tracking.models import Lease


def is_told() -> Q:
    """Leases that still tell whose they were."""
    return ~Q(visitor="")


def blank_leases(leases: Collection[int]) -> None:
    Lease.objects.filter(pk__in=leases).update(visitor="", landed={})
