"""Who is held now: every customer of whom any part was when a hold was put on them."""

from django.db.models import QuerySet

from crm.identity.models import Identifier
from crm.identity.resolving import lock
from crm.privacy.holding.models import HeldIdentifier, LegalHold

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


def holds_on(customer_id: int) -> QuerySet[LegalHold]:
    """The holds that were put on any part of a customer (by a number that they have or had), the newest first."""
    standing = Identifier.objects.filter(origin=customer_id).values("customer_id")
    parts = Identifier.objects.filter(customer__in=standing).values("pk")
    found = HeldIdentifier.objects.filter(identifier__in=parts).values("hold_id")
    return LegalHold.objects.filter(pk__in=found).select_related("put_by", "lifted_by").order_by("-pk")


def is_held(customer_id: int) -> bool:
    """Whether a hold stands on a customer, by a number that they have or had."""
    return holds_on(customer_id).filter(lifted_at=None).exists()
