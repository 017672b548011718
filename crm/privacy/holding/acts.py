"""Putting a legal hold on a customer, and lifting it; each with its reason, in the audit log."""

from django.contrib.auth.models import User
from django.db import transaction

from crm.errors import HoldRefused
from crm.identity.models import Customer, Identifier
from crm.privacy.erasing.models import Erasure
from crm.privacy.holding.models import LegalHold
from crm.privacy.holding.standing import is_held, wait_for_holds
from crm.privacy.marking.acts import lift_all, mark


@transaction.atomic
def put(customer: Customer, reason: str, user: User) -> LegalHold:
    """Hold everything of a customer until it is lifted. Raises HoldRefused without a reason, while they are being
    erased, or where a hold stands already.
    """
    if not reason.strip():
        raise HoldRefused("say why nothing of them may go")
    wait_for_holds()
    if is_being_erased(customer):
        raise HoldRefused("they are being erased already; it is too late for a hold")
    if is_held(customer.pk):
        raise HoldRefused("a hold stands on them already")
    return mark(LegalHold, customer, reason, user)


@transaction.atomic
def lift(customer: Customer, reason: str, user: User) -> None:
    """Lift whatever holds stand on a customer. Raises HoldRefused without a reason, or where none does."""
    if not reason.strip():
        raise HoldRefused("say why it is lifted")
    wait_for_holds()
    if not lift_all(LegalHold, customer, reason, user):
        raise HoldRefused("no hold stands on them")


def is_being_erased(customer: Customer) -> bool:
    born = Identifier.objects.filter(customer=customer).values("origin_id")
    begun = Erasure.objects.filter(state=Erasure.State.ERASING)
    return (
        begun.filter(customer_id__in=born).exists() or begun.filter(subject__customers__contains=customer.pk).exists()
    )
