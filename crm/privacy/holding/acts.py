"""Putting a legal hold on a customer, and lifting it; each with its reason, in the audit log."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import HoldRefused
from crm.identity.models import Customer, Identifier
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.erasing.models import Erasure
from crm.privacy.holding.models import HeldIdentifier, LegalHold
from crm.privacy.holding.standing import holds_on, wait_for_holds

LONGEST = 500  # characters of a reason


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
    if holds_on(customer.pk).filter(lifted_at=None).exists():
        raise HoldRefused("a hold stands on them already")
    made = LegalHold.objects.create(reason=reason.strip()[:LONGEST], put_by=user)
    parts = Identifier.objects.filter(customer=customer).values_list("pk", flat=True)
    HeldIdentifier.objects.bulk_create(HeldIdentifier(hold=made, identifier_id=part) for part in parts)
    note(user, Act.HELD, customer=customer.pk, subject=f"legal hold {made.pk}: put", reason=made.reason)
    return made


@transaction.atomic
def lift(customer: Customer, reason: str, user: User) -> None:
    """Lift whatever holds stand on a customer. Raises HoldRefused without a reason, or where none does."""
    if not reason.strip():
        raise HoldRefused("say why it is lifted")
    wait_for_holds()
    standing = list(holds_on(customer.pk).filter(lifted_at=None))
    if not standing:
        raise HoldRefused("no hold stands on them")
    because = reason.strip()[:LONGEST]
    for one in standing:
        LegalHold.objects.filter(pk=one.pk).update(lifted_at=timezone.now(), lifted_by=user, lifted_because=because)
        note(user, Act.HELD, customer=customer.pk, subject=f"legal hold {one.pk}: lifted", reason=because)


def is_being_erased(customer: Customer) -> bool:
    born = Identifier.objects.filter(customer=customer).values("origin_id")
    begun = Erasure.objects.filter(state=Erasure.State.ERASING)
    return (
        begun.filter(customer_id__in=born).exists() or begun.filter(subject__customers__contains=customer.pk).exists()
    )
