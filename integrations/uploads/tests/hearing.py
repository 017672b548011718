"""What Google's Data Manager says became of what it accepted, and what stands there by then."""

from typing import Any

from django.utils import timezone

from integrations.uploads.inquiring import inquire
from integrations.uploads.models import Upload
from integrations.uploads.tests.data_manager import DataManagerApi
from integrations.uploads.tests.factories import turn
from integrations.uploads.tests.platforms import Platforms


def api() -> DataManagerApi:
    return Platforms.data_manager


def hear(rounds: int = 3) -> None:
    """Let what is pending become due, ask what became of it, and tell what follows."""
    for _ in range(rounds):
        Upload.objects.filter(state="pending").update(due_at=timezone.now())
        inquire(5)
        turn(1)


def told() -> list[tuple[str, str, str]]:
    return list(Upload.objects.order_by("pk").values_list("what", "state", "why"))


def values() -> list[float]:
    """What each conversion that Google counts is worth there."""
    assert set(api().conversions.values()) <= {1}
    return [one["conversionValue"] for one in api().counted.values()]


def sent() -> list[Any]:
    return [one.body for one in Platforms.asked if one.path == "/v1/events:ingest"]


def questions() -> int:
    return sum("requestStatus:retrieve" in one.path for one in Platforms.asked)
