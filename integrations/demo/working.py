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
from journeys.work.models import Case, Deed, Note, Promise
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
    sale = convert(anna, Worth(Decimal("2480.00"), "GBP", "NS-12345"), ANA, at=now - timedelta(days=158))
    held = promise(anna, "Hold the sea view room at Atlantis", now - timedelta(days=8), ANA)
    case = open_case(anna, "Can the sea view be kept if the dates move?", CALLUM, order="NS-12988")
    quiet = note(anna, "Tom plans a surprise and rings from the landline: nothing of it to her.", ANA, is_delicate=True)
    tasks = [add_task(anna, "Ask the hotel for the sea view once more", now - timedelta(hours=1), ANA),
             add_task(anna, "Send the quote with both dates", now + timedelta(days=1), ANA)]  # fmt: skip
    for kind, one, days in (("sale", sale, 158), ("promise", held, 18), ("note", quiet, 9), ("case", case, 5),
                            *(("task", task, 4) for task in tasks)):  # fmt: skip
        Deed.objects.filter(kind=kind, row_id=one.pk).update(at=now - timedelta(days=days))
    Promise.objects.filter(pk=held.pk).update(made_at=now - timedelta(days=18))
    Case.objects.filter(pk=case.pk).update(opened_at=now - timedelta(days=5))
    Note.objects.filter(pk=quiet.pk).update(at=now - timedelta(days=9))
    for one in found[1:2]:
        claim = open_case(one.pk, "Room next to the building site: money back", CALLUM)
        move_case(claim, "waiting", CALLUM, said="bank details asked for")
        promise(one.pk, "Say by Friday what we pay back", now + timedelta(days=2), CALLUM)
        add_task(one.pk, "Ring back with the refund", now + timedelta(days=2), CALLUM)
    return Deed.objects.count()
