"""The rules of retention: how long each kind of row is kept. Every change is kept, the last one stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from crm.changes import Change
from crm.privacy.personal import Ageing, Model, Nothing, personal_models
from crm.privacy.requesting.handling import months_after

RETENTION_LOCK = 0x6B656570  # one change at a time, from its reading of what stands
DEFAULT: dict[str, Any] = {}  # nothing goes that somebody has not said should


class RetentionChange(Change):
    """The rules of retention, as somebody set them. content: {kind: how many days or months}; 0: for ever."""

    personal = Nothing(("content", "said"))


@dataclass(frozen=True, slots=True)
class Sort:
    """A kind of row that a rule is about. rows: the models that have any, and how they age."""

    key: str
    label: str
    said: str
    unit: str
    default: int
    rows: tuple[tuple[Model, Ageing], ...]

    def cutoff(self, kept: int, now: datetime) -> datetime:
        """The time before which it goes."""
        if self.unit == "months":
            return datetime.combine(months_after(now.date(), -kept), now.timetz())
        return now - timedelta(days=kept)

    def words(self, kept: int) -> str:
        """How long, as people say it."""
        return f"{kept} {self.unit if kept != 1 else self.unit[:-1]}" if kept else "for ever"


@cache
def sorts() -> tuple[Sort, ...]:
    """Every kind that rows are of, as the models declare it, by its label."""
    by_key: dict[str, list[tuple[Model, Ageing]]] = {}
    for model, ageing in every_ageing():
        by_key.setdefault(ageing.key, []).append((model, ageing))
    return tuple(sorted((sort_of(key, rows) for key, rows in by_key.items()), key=lambda one: one.label))


def every_ageing() -> Iterator[tuple[Model, Ageing]]:
    """How each model says that its rows age, always in the same order."""
    for model, said in sorted(personal_models().items(), key=lambda one: one[0]._meta.label):
        if isinstance(said.ages, tuple):
            yield from ((model, ageing) for ageing in said.ages)


def sort_of(key: str, rows: list[tuple[Model, Ageing]]) -> Sort:
    [told] = [ageing for _, ageing in rows if ageing.label]
    return Sort(key, told.label, told.said, told.unit, told.default, tuple(rows))


def sort_named(key: str) -> Sort:
    return next(one for one in sorts() if one.key == key)


def standing() -> Mapping[str, int]:
    """How long each kind is kept, in its unit; 0: for ever."""
    last = RetentionChange.objects.order_by("-pk").first()
    told = last.content if last else DEFAULT
    return {one.key: int(told.get(one.key, one.default)) for one in sorts()}
