"""What pages show of legal holds."""

from django import template

from crm.identity.models import Customer
from crm.privacy.holding.standing import is_held

register = template.Library()


@register.simple_tag
def stands_on(customer: Customer) -> bool:
    """Whether a legal hold stands on a customer."""
    return is_held(customer.pk)
