"""Restricting the processing of what is held on a customer, and lifting that; both in the audit log."""

from django.contrib.auth.models import User
from django.db import transaction

from crm.errors import RestrictionRefused
from crm.identity.models import Customer
from crm.live import notify
from crm.privacy.marking.acts import lift_all, mark
from crm.privacy.restricting.models import Restriction
from crm.privacy.restricting.standing import is_restricted


@transaction.atomic
def restrict(customer: Customer, reason: str, user: User) -> Restriction:
    """Restrict it until that is lifted. Raises RestrictionRefused without a reason, or where one stands already."""
    if not reason.strip():
        raise RestrictionRefused("say why it is restricted")
    Customer.objects.select_for_update().get(pk=customer.pk)
    if is_restricted(customer.pk):
        raise RestrictionRefused("it is restricted already")
    made = mark(Restriction, customer, reason, user)
    notify([customer.pk])
    return made


@transaction.atomic
def lift(customer: Customer, reason: str, user: User) -> None:
    """Lift whatever restrictions stand on a customer. Raises RestrictionRefused without a reason, or without any."""
    if not reason.strip():
        raise RestrictionRefused("say why it is lifted")
    if not lift_all(Restriction, customer, reason, user):
        raise RestrictionRefused("it is not restricted")
    notify([customer.pk])
