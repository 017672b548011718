"""Whose processing is restricted now: every customer of whom any part was when a restriction was put on them."""

from django.db.models import QuerySet

from crm.identity.models import Customer, Identifier
from crm.privacy.restricting.models import RestrictedIdentifier, Restriction

# To be put into statements: whether nobody whom either of two identifiers (columns) belongs to is restricted.
NEITHER_RESTRICTED = """NOT EXISTS (
    SELECT 1 FROM crm_restriction s
    JOIN crm_restrictedidentifier r ON r.restriction_id = s.id
    JOIN crm_identifier part ON part.id = r.identifier_id
    JOIN crm_identifier one ON one.customer_id = part.customer_id
    WHERE s.lifted_at IS NULL AND one.id IN ({}, {})
)"""


def restricted_customers() -> QuerySet[Customer]:
    """Those customers."""
    parts = RestrictedIdentifier.objects.filter(restriction__lifted_at=None).values("identifier_id")
    return Customer.objects.filter(identifiers__in=parts)


def restrictions_on(customer_id: int) -> QuerySet[Restriction]:
    """The restrictions that were put on any part of a customer (by a number that they have or had), newest first."""
    standing = Identifier.objects.filter(origin=customer_id).values("customer_id")
    parts = Identifier.objects.filter(customer__in=standing).values("pk")
    found = RestrictedIdentifier.objects.filter(identifier__in=parts).values("restriction_id")
    return Restriction.objects.filter(pk__in=found).select_related("put_by", "lifted_by").order_by("-pk")


def is_restricted(customer_id: int) -> bool:
    """Whether a restriction stands on a customer: asked of the few that stand, not of the customer's many parts."""
    return restricted_customers().filter(pk=customer_id).exists()
