"""How raw deliveries age: those that were recorded, and those that failed or wait for their source to go on."""

from collections.abc import Collection

from django.db.models import Q

from crm.sql import array, cursor
from integrations.inbox.models import FailedDelivery, PausedDelivery, Pending

DROP = (
    "DELETE FROM integrations_pending WHERE delivery_id = ANY(%s::bigint[])",
    "DELETE FROM integrations_pauseddelivery WHERE delivery_id = ANY(%s::bigint[])",
    "DELETE FROM integrations_faileddelivery WHERE delivery_id = ANY(%s::bigint[])",
    "DELETE FROM integrations_trail WHERE delivery_id = ANY(%s::bigint[]) AND key = '' AND identifier_id IS NULL",
    "DELETE FROM integrations_delivery WHERE id = ANY(%s::bigint[])",
)


def is_unrecorded() -> Q:
    """Deliveries that failed, or were set aside."""
    return Q(pk__in=FailedDelivery.objects.values("pk")) | Q(pk__in=PausedDelivery.objects.values("pk"))


def is_recorded() -> Q:
    """Deliveries of which everything became what it was to become."""
    return ~is_unrecorded() & ~Q(pk__in=Pending.objects.values("pk"))


def drop(deliveries: Collection[int]) -> None:
    """Delete deliveries (ids), and what was kept beside them. Trails that lead to interactions go with those."""
    with cursor() as sql:
        for statement in DROP:
            sql.execute(statement, [array(deliveries)])
