"""Who else has a customer open: screens say so every few seconds, and whoever has not for a while has gone."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from journeys.desk.models import Looking

GONE_AFTER = timedelta(seconds=50)  # screens say so every 20


def look(user: User, customer_id: int) -> None:
    """Somebody has a customer open."""
    Looking.objects.update_or_create(user=user, customer_id=customer_id, defaults={"at": timezone.now()})


def lookers(user: User, customer_id: int) -> list[str]:
    """The names of the others who have a customer open now."""
    now = timezone.now()
    found = Looking.objects.filter(customer=customer_id, at__gt=now - GONE_AFTER).exclude(user=user)
    return [one.user.get_full_name() or one.user.get_username() for one in found.select_related("user")[:10]]
