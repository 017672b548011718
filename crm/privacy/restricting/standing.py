"""Whose processing is restricted now: every customer of whom any part was when a restriction was put on them."""

from django.db.models import QuerySet

from crm.identity.models import Customer
from crm.privacy.restricting.models import RestrictedIdentifier
from crm.reading import Reading, Statement, read

# To be put into statements: whether nobody whom either of two identifiers (columns) belongs to is restricted.
NEITHER_RESTRICTED = """NOT EXISTS (
    SELECT 1 FROM crm_restriction s
    JOIN crm_restrictedidentifier r ON r.restriction_id = s.id
    JOIN crm_identifier part ON part.id = r.identifier_id
    JOIN crm_identifier one ON one.customer_id = part.customer_id
    WHERE s.lifted_at IS NULL AND one.id IN ({}, {})
)"""
STANDS = """
    SELECT EXISTS (
        SELECT 1 FROM crm_restriction s
        JOIN crm_restrictedidentifier r ON r.restriction_id = s.id JOIN crm_identifier part ON part.id = r.identifier_id
        WHERE s.lifted_at IS NULL AND part.customer_id = %s)
"""


def restricted_customers() -> QuerySet[Customer]:
    """Those customers."""
    parts = RestrictedIdentifier.objects.filter(restriction__lifted_at=None).values("identifier_id")
    return Customer.objects.filter(identifiers__in=parts)


def is_restricted(customer_id: int) -> bool:
    """Whether a restriction stands on a customer: asked of the few that stand, not of the customer's many parts."""
    return read(restricting(customer_id))


def restricting(customer_id: int) -> Reading[bool]:
    """As `is_restricted`, in one step."""
    [[(stands,)]] = yield [Statement(STANDS, [customer_id])]
    return bool(stands)
