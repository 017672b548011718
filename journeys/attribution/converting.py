"""Conversions recorded by staff: what a call or a contact was worth, and taken back when it was not."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from crm.search.indexing import add_references
from journeys.attribution.models import Conversion
from journeys.work.deeds import Hand, log, undo
from journeys.work.models import Deed


@dataclass(frozen=True, slots=True)
class Worth:
    """What something was worth. currency: ISO 4217. order: its number, where there is one."""

    value: Decimal
    currency: str
    order: str = ""
    kind: str = Conversion.Kind.SALE

    @property
    def said(self) -> str:
        about = f", order {self.order}" if self.order else ""
        return f"{Conversion.Kind(self.kind).label}: {self.currency} {self.value:,.2f}{about}"


@transaction.atomic
def convert(
    identifier_id: int,
    worth: Worth,
    hand: Hand,
    *,
    at: datetime | None = None,
    call_id: int | None = None,
    interaction_id: int | None = None,
) -> Conversion:
    """Note a conversion; the customer is found by its order's number."""
    made = Conversion.objects.create(
        identifier_id=identifier_id, interaction_id=interaction_id, call_id=call_id, kind=worth.kind,
        value=worth.value, currency=worth.currency, order=worth.order[:120], at=at or timezone.now(), actor=hand.user,
    )  # fmt: skip
    if worth.order:
        add_references([(identifier_id, "order", worth.order)])
    log(identifier_id, Deed.Kind.SALE, made.pk, worth.said, hand, made.at)
    return made


@transaction.atomic
def take_back(made: Conversion, hand: Hand) -> bool:
    """Take a conversion back; False when it was already."""
    standing = Conversion.objects.filter(pk=made.pk, withdrawn_at=None)
    if not standing.update(withdrawn_at=timezone.now(), withdrawn_by=hand.user):
        return False
    undo(made.identifier_id, Deed.Kind.SALE, made.pk, f"Took a {made.kind} back", hand)
    return True
