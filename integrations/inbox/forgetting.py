"""Forgetting what the deliveries of the erased held, where they come late or again, and sparing those of others."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from integrations.adapter import Event
from integrations.inbox.models import ERASED, Delivery, PausedDelivery, Pending
from integrations.inbox.reading import reader
from integrations.inbox.receiving import raw
from journeys.interactions.recording import Arrival, suppressed_of


def forget_suppressed(readable: Sequence[tuple[int, Sequence[Arrival]]]) -> None:
    """Blank the deliveries (id, what was in them) of which anything was left out, in the transaction that left it out.

    Their keys stay: by them the same event, sent once more, is known.
    """
    told = [(delivery, arrival) for delivery, arrivals in readable for arrival in arrivals]
    left_out = {told[place][0] for place in suppressed_of([arrival for _, arrival in told])}
    if left_out:
        Delivery.objects.filter(pk__in=left_out).update(body="", kind=ERASED)


def spared(mentioning: "QuerySet[Delivery]") -> list[int]:
    """Of deliveries in which a value of the erased stands: those that wait still and are about somebody else.

    Blanked, their events would be lost: a number that is somebody's login is somebody else's order.
    """
    if not (Pending.objects.exists() or PausedDelivery.objects.exists()):
        return []
    here = {"delivery_id": OuterRef("pk")}
    waiting = Exists(Pending.objects.filter(**here)) | Exists(PausedDelivery.objects.filter(**here))
    return [one.pk for one in mentioning.filter(waiting).select_related("source") if is_of_another(one)]


def is_of_another(delivery: Delivery) -> bool:
    """Whether a delivery can be read and tells of nobody who was erased."""
    try:
        drafts = reader(delivery.source)(Event(delivery.key, delivery.kind, raw(delivery.body)))
    except Exception:  # whatever an adapter trips over: it would be parked, with their value in it
        return False
    return not suppressed_of([Arrival(delivery.source, draft) for draft in drafts])
