"""Putting a mark on a customer and lifting it, in the audit log; which stand. The caller has checked that it may be."""

from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from crm.identity.models import Customer, Identifier
from crm.privacy.audit.noting import note
from crm.privacy.marking.models import Mark

LONGEST = 500  # characters of a reason
Kind = TypeVar("Kind", bound=Mark)


def marks_on(kind: type[Kind], customer_id: int) -> QuerySet[Kind]:
    """The marks of a kind that were put on any part of a customer (by a number that they have or had), newest first."""
    standing = Identifier.objects.filter(origin=customer_id).values("customer_id")
    theirs = Identifier.objects.filter(customer__in=standing).values("pk")
    rows = kind._default_manager
    found = rows.filter(parts__identifier__in=theirs).values("pk")
    return rows.filter(pk__in=found).select_related("put_by", "lifted_by").order_by("-pk")


def mark(kind: type[Kind], customer: Customer, reason: str, user: User) -> Kind:
    """Put a mark on a customer until it is lifted."""
    made = kind._default_manager.create(reason=reason.strip()[:LONGEST], put_by=user)
    theirs = Identifier.objects.filter(customer=customer).values_list("pk", flat=True)
    hanging: Any = kind._meta.get_field("parts")
    part = hanging.related_model
    part.objects.bulk_create(part(**{hanging.field.name: made, "identifier_id": one}) for one in theirs)
    note(user, kind.act, customer=customer.pk, subject=f"{made}: put", reason=made.reason)
    return made


def lift_all(kind: type[Kind], customer: Customer, reason: str, user: User) -> int:
    """Lift whatever marks of a kind stand on a customer; returns how many did."""
    because = reason.strip()[:LONGEST]
    standing = list(marks_on(kind, customer.pk).filter(lifted_at=None).select_for_update(of=("self",)))
    for one in standing:
        one.lifted_at, one.lifted_by, one.lifted_because = timezone.now(), user, because
        one.save(update_fields=["lifted_at", "lifted_by", "lifted_because"])
        note(user, kind.act, customer=customer.pk, subject=f"{one}: lifted", reason=because)
    return len(standing)
