"""What staff did for the demonstration's best customers, so that a desk is alive on first sight."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from crm.identity.models import Customer
from journeys.attribution.converting import Worth, convert
from journeys.work.cases import move_case, open_case
from journeys.work.deeds import Hand
from journeys.work.models import Deed
from journeys.work.noting import note
from journeys.work.promising import promise
from journeys.work.tasking import add_task

ANA, CALLUM = Hand(None, "Ana Ramos"), Hand(None, "Callum Reid")


@transaction.atomic
def work(customers: Sequence[Customer]) -> int:
    """Do it, once; returns how many deeds there are. customers: the hero, and whoever has a complaint."""
    found = [one for one in (customer.spokesman() for customer in customers) if one]
    if Deed.objects.exists() or not found:
        return 0
    now = timezone.now()
    anna = found[0].pk
    promise(anna, "Hold the sea view room at Atlantis", now - timedelta(days=3), ANA)
    open_case(anna, "Can the sea view be kept if the dates move?", CALLUM, order="NS-12988")
    note(anna, "Tom plans a surprise and rings from the landline: say nothing of it to her.", ANA, is_delicate=True)
    add_task(anna, "Ask the hotel for the sea view once more", now - timedelta(hours=1), ANA)
    add_task(anna, "Send the quote with both dates", now + timedelta(days=1), ANA)
    convert(anna, Worth(Decimal("2480.00"), "GBP", "NS-12345"), ANA)
    for one in found[1:2]:
        case = open_case(one.pk, "Room next to the building site: money back", CALLUM)
        move_case(case, "waiting", CALLUM, said="bank details asked for")
        promise(one.pk, "Say by Friday what we pay back", now + timedelta(days=2), CALLUM)
        add_task(one.pk, "Ring back with the refund", now + timedelta(days=2), CALLUM)
    return Deed.objects.count()
