"""Days of which figures are known."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
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


def whole_weeks(monday: date, brand: str = "", weeks: int = 9, **figures: Any) -> None:
    """The week from a Monday on, and those before it, all of them alike."""
    quiet_weeks(monday + timedelta(days=7), brand, weeks, **{"week_people": 400, **figures})


class AwayBackend(BaseEmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("mail.example.com said nothing of anna@example.com")


class RefusingBackend(BaseEmailBackend):
    """A mail server that knows no such reader."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise SMTPRecipientsRefused({one: (550, b"no such user") for one in messages[0].to})
