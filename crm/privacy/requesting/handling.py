"""Handling requests by right: noted, given more time once, closed with what was done."""

from calendar import monthrange
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from crm.errors import RequestRefused
from crm.identity.models import Customer
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.requesting.models import RightsRequest

LONGEST = 500  # characters of what is written
ANSWERED_WITHIN, EXTENDED_BY = 1, 2  # months: GDPR, article 12 (3)
State = RightsRequest.State


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last one of a month that is too short."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@transaction.atomic
def note_request(customer: Customer, kind: str, words: str, received_on: date, user: User) -> RightsRequest:
    """Enter into the register what a customer asked for. Raises RequestRefused for a day that is yet to come."""
    if received_on > timezone.localdate():
        raise RequestRefused("it cannot have come in after today")
    made = RightsRequest.objects.create(
        customer_id=customer.pk, kind=kind, words=words.strip()[:LONGEST], received_on=received_on,
        due_on=months_after(received_on, ANSWERED_WITHIN), noted_by=user,
    )  # fmt: skip
    note(user, Act.ANSWERED, customer=customer.pk, subject=said(made, "noted"))
    return made


@transaction.atomic
def extend(request: RightsRequest, reason: str, user: User) -> None:
    """Give it two more months, once, with a reason that the customer is told. Raises RequestRefused."""
    held = held_open(request)
    if held.is_extended:
        raise RequestRefused("it was extended already, which is possible once")
    if timezone.localdate() > held.due_on:
        raise RequestRefused("its first month is over; answer it now")
    if not reason.strip():
        raise RequestRefused("say why it takes longer: the customer has to be told")
    held.due_on, held.is_extended = months_after(held.received_on, ANSWERED_WITHIN + EXTENDED_BY), True
    held.extension = reason.strip()[:LONGEST]
    held.save(update_fields=["due_on", "is_extended", "extension"])
    note(user, Act.ANSWERED, customer=held.customer_id, subject=said(held, "extended"))


@transaction.atomic
def close(request: RightsRequest, outcome: str, user: User, *, is_done: bool) -> None:
    """Close it with what was done, or why not. Raises RequestRefused without a word on it."""
    held = held_open(request)
    if not outcome.strip():
        raise RequestRefused("say what was done, or why not")
    held.state, held.outcome = State.DONE if is_done else State.REFUSED, outcome.strip()[:LONGEST]
    held.closed_by, held.closed_at = user, timezone.now()
    held.save(update_fields=["state", "outcome", "closed_by", "closed_at"])
    note(user, Act.ANSWERED, customer=held.customer_id, subject=said(held, held.get_state_display()))


def held_open(request: RightsRequest) -> RightsRequest:
    held = RightsRequest.objects.select_for_update().get(pk=request.pk)
    if not held.is_open:
        raise RequestRefused("it is closed already")
    return held


def said(request: RightsRequest, what: str) -> str:
    return f"request {request.public_id} ({request.kind}): {what}"
