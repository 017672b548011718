"""Asking for an erasure, and the second person's yes or no: nobody erases somebody alone."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import ErasureRefused
from crm.identity.models import Customer
from crm.privacy.actors import Actor
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.erasing.models import Erasure

State = Erasure.State
LONGEST = 500  # characters of a reason


def asked_already(customer: Customer) -> Erasure | None:
    """The erasure of a customer that waits or is under way."""
    return Erasure.objects.filter(customer_id=customer.pk, state__in=[State.ASKED, *Erasure.UNDER_WAY]).first()


@transaction.atomic
def ask(customer: Customer, actor: Actor, reason: str) -> Erasure:
    """Ask that a customer be erased; nothing happens yet. Raises ErasureRefused without a reason, or when asked."""
    if not reason.strip():
        raise ErasureRefused("say why they are to be erased")
    Customer.objects.select_for_update().get(pk=customer.pk)
    if asked_already(customer):
        raise ErasureRefused("this customer's erasure has been asked for already")
    asked_by = actor if isinstance(actor, User) else None
    asked = Erasure.objects.create(customer_id=customer.pk, asked_by=asked_by, reason=reason.strip()[:LONGEST])
    note(actor, Act.ERASED, customer=customer.pk, subject=f"erasure {asked.public_id}: asked for", reason=asked.reason)
    return asked


@transaction.atomic
def answer(erasure: Erasure, user: User, *, is_yes: bool) -> None:
    """Say yes or no to it, as a second person. Raises ErasureRefused for the one who asked, or when it is answered."""
    held = Erasure.objects.select_for_update().get(pk=erasure.pk)
    if held.state != State.ASKED:
        raise ErasureRefused("this erasure has its answer already")
    if is_yes and held.asked_by_id == user.pk:
        raise ErasureRefused("somebody else than who asked has to say yes")
    held.state, held.checked_by, held.checked_at = State.STARTING if is_yes else State.REFUSED, user, timezone.now()
    held.save(update_fields=["state", "checked_by", "checked_at"])
    said = "said yes to" if is_yes else "refused"
    note(user, Act.ERASED, customer=held.customer_id, subject=f"erasure {held.public_id}: {said}")
    erasure.refresh_from_db()
