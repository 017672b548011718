"""How raw deliveries age: those that were recorded, and those that failed or wait for their source to go on."""

from collections.abc import Collection

from django.db.models import Q

from integrations.inbox.models import Delivery, FailedDelivery, PausedDelivery, Pending, Trail


def is_unrecorded() -> Q:
    """Deliveries that failed, or were set aside."""
    return Q(pk__in=FailedDelivery.objects.values("pk")) | Q(pk__in=PausedDelivery.objects.values("pk"))


def is_recorded() -> Q:
    """Deliveries of which everything became what it was to become."""
    return ~is_unrecorded() & ~Q(pk__in=Pending.objects.values("pk"))


def drop(deliveries: Collection[int]) -> None:
    """Delete deliveries (ids), and what was kept beside them. Trails that lead to interactions go with those."""
    for beside in (Pending, PausedDelivery, FailedDelivery):
        beside.objects.filter(pk__in=deliveries)._raw_delete("default")
    Trail.objects.filter(delivery__in=deliveries, key="", identifier=None)._raw_delete("default")
    Delivery.objects.filter(pk__in=deliveries)._raw_delete("default")
