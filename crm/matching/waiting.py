"""How many reviews wait, for the navigation: a template tag that every template has (settings: builtins)."""

from django import template
from django.utils import timezone

from crm.matching.queueing import Asked, how_many

register = template.Library()


@register.simple_tag
def reviews_waiting() -> str:
    """The number of pairs to decide, counted up to a cap; empty when there are none."""
    count = how_many(Asked(), timezone.now())
    return "" if count == "0" else count
