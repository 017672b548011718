"""How many alerts wait, for the navigation (a template library, see settings: builtins)."""

from django import template

from crm.privacy.watching.models import Alert

register = template.Library()
COUNTED = 20


@register.simple_tag
def alerts_waiting() -> str:
    """How many alerts nobody has looked into, counted up to a cap; empty when there are none."""
    count = Alert.objects.filter(closed_at=None)[: COUNTED + 1].count()
    return f"{COUNTED}+" if count > COUNTED else str(count or "")
