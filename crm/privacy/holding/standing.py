"""Who is held now: every customer of whom any part was when a hold was put on them."""

from django.db.models import QuerySet

from crm.identity.models import Identifier
from crm.identity.resolving import lock
from crm.privacy.holding.models import HeldIdentifier, LegalHold
from crm.privacy.marking.acts import marks_on

HOLD_LOCK = 0x686F6C64  # whoever lets anything go, or puts a hold on somebody, takes it first


def wait_for_holds() -> None:
    """Within the transaction: no hold is being put meanwhile."""
    lock([HOLD_LOCK])


def is_any_held() -> bool:
    return LegalHold.objects.filter(lifted_at=None).exists()


def held_identifiers() -> QuerySet[Identifier]:
    """Every identifier of those who are held."""
    held = HeldIdentifier.objects.filter(hold__lifted_at=None).values("identifier_id")
    return Identifier.objects.filter(customer__in=Identifier.objects.filter(pk__in=held).values("customer_id"))


def is_held(customer_id: int) -> bool:
    """Whether a hold stands on a customer, by a number that they have or had."""
    return marks_on(LegalHold, customer_id).filter(lifted_at=None).exists()
