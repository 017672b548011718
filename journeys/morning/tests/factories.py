"""Days of which figures are known."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from journeys.morning.models import MorningDay


def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


def day(on: date, brand: str = "", sales: Mapping[str, str] | None = None, **figures: Any) -> MorningDay:
    """A day that is counted. sales: what was sold online, by currency."""
    sold = [[currency, False, 1, str(Decimal(value))] for currency, value in (sales or {}).items()]
    return MorningDay.objects.create(day=on, brand=brand, sold=sold, counted_at=timezone.now(), **figures)


def quiet_weeks(until: date, brand: str = "", weeks: int = 12, **figures: Any) -> None:
    """So many weeks before a day, all of them alike."""
    for back in range(1, 7 * weeks + 1):
        day(until - timedelta(days=back), brand, **{"people": 100, "visits": 120, "calls": 50, **figures})
