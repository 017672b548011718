"""Restricting the processing of what is held on a customer, and lifting that; both in the audit log."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import RestrictionRefused
from crm.identity.models import Customer, Identifier
from crm.live import notify
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.restricting.models import RestrictedIdentifier, Restriction
from crm.privacy.restricting.standing import is_restricted, restrictions_on

LONGEST = 500  # characters of a reason


@transaction.atomic
def restrict(customer: Customer, reason: str, user: User) -> Restriction:
    """Restrict it until that is lifted. Raises RestrictionRefused without a reason, or where one stands already."""
    if not reason.strip():
        raise RestrictionRefused("say why it is restricted")
    Customer.objects.select_for_update().get(pk=customer.pk)
    if is_restricted(customer.pk):
        raise RestrictionRefused("it is restricted already")
    made = Restriction.objects.create(reason=reason.strip()[:LONGEST], put_by=user)
    parts = Identifier.objects.filter(customer=customer).values_list("pk", flat=True)
    RestrictedIdentifier.objects.bulk_create(
        RestrictedIdentifier(restriction=made, identifier_id=part) for part in parts
    )
    note(user, Act.RESTRICTED, customer=customer.pk, subject=f"restriction {made.pk}: put", reason=made.reason)
    notify([customer.pk])
    return made


@transaction.atomic
def lift(customer: Customer, reason: str, user: User) -> None:
    """Lift whatever restrictions stand on a customer. Raises RestrictionRefused without a reason, or without any."""
    if not reason.strip():
        raise RestrictionRefused("say why it is lifted")
    standing = list(restrictions_on(customer.pk).filter(lifted_at=None).select_for_update(of=("self",)))
    if not standing:
        raise RestrictionRefused("it is not restricted")
    because = reason.strip()[:LONGEST]
    for one in standing:
        one.lifted_at, one.lifted_by, one.lifted_because = timezone.now(), user, because
        one.save(update_fields=["lifted_at", "lifted_by", "lifted_because"])
        note(user, Act.RESTRICTED, customer=customer.pk, subject=f"restriction {one.pk}: lifted", reason=because)
    notify([customer.pk])
