"""What pages show of legal holds, and of restrictions."""

from django import template

from crm.identity.models import Customer
from crm.privacy.holding.standing import is_held
from crm.privacy.restricting.standing import is_restricted

register = template.Library()


@register.simple_tag
def stands_on(customer: Customer) -> bool:
    """Whether a legal hold stands on a customer."""
    return is_held(customer.pk)


@register.simple_tag
def restricts(customer: Customer) -> bool:
    """Whether the processing of a customer is restricted."""
    return is_restricted(customer.pk)
