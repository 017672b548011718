"""Forgetting what the deliveries of the erased held, where they come late or again."""

from collections.abc import Sequence

from integrations.inbox.models import ERASED, Delivery
from journeys.interactions.recording import Arrival, suppressed_of


def forget_suppressed(readable: Sequence[tuple[int, Sequence[Arrival]]]) -> None:
    """Blank the deliveries (id, what was in them) of which anything was left out, in the transaction that left it out.

    Their keys stay: by them the same event, sent once more, is known.
    """
    told = [(delivery, arrival) for delivery, arrivals in readable for arrival in arrivals]
    left_out = {told[place][0] for place in suppressed_of([arrival for _, arrival in told])}
    if left_out:
        Delivery.objects.filter(pk__in=left_out).update(body="", kind=ERASED)
