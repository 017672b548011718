"""Numbers and days as they stand in an address; what cannot be read is as if not asked."""

from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

Row = TypeVar("Row", bound=Model)


def number_of(text: str) -> int | None:
    """A row's number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def day_of(text: str) -> date | None:
    """A day, as 2026-11-27."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def midnight_after(day: date) -> datetime:
    """The end of a day by the clock of the screens; of the last day that there is, its beginning."""
    following = day + timedelta(days=1) if day < date.max else day
    return timezone.make_aware(datetime.combine(following, time()))


def older(rows: "QuerySet[Row, Any]", before: int | None, most: int) -> tuple[list[Row], int | None]:
    """(a page of rows numbered below `before`; the next page's `before`, None at the end).

    rows: in the order of their numbers, the highest first.
    """
    page = list((rows.filter(pk__lt=before) if before is not None else rows)[: most + 1])
    return page[:most], page[most - 1].pk if len(page) > most else None
