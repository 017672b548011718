"""Walking what ages: the rows of one kind in one model, the oldest first, a bite at a time."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from crm.privacy.personal import INACTIVE, Ageing, Model
from crm.privacy.retaining.letting_go import let_go
from crm.privacy.retaining.rules import Sort, sorts
from crm.privacy.retaining.sparing import held_among

BITE = 2_000  # rows that go in one transaction
Place = list[Any] | None  # [time, key] of the last row that was looked at


class Step(NamedTuple):
    """The rows of a kind that one model has."""

    sort: Sort
    model: Model
    ageing: Ageing

    @property
    def name(self) -> str:
        return f"{self.sort.key} {self.model._meta.label}"


class Bite(NamedTuple):
    """What one bite did. rows: all that went; place: where the next goes on, None where the step is over."""

    gone: int
    kept: int
    rows: int
    place: Place


@cache
def steps() -> Sequence[Step]:
    """Every step in its order; whole customers last, when less is left of them."""
    told = [Step(sort, model, ageing) for sort in sorts() for model, ageing in sort.rows]
    return sorted(told, key=lambda one: (one.sort.key == INACTIVE, one.sort.key, one.model._meta.label))


def step_named(name: str) -> Step | None:
    """The step of that name, none where there is none; the first where a newer release knows it no more: to begin again
    is safe.
    """
    return next((one for one in steps() if one.name == name), steps()[0]) if name else None


def after(name: str) -> Step | None:
    """The step that follows one; the first of all after none."""
    places = [one.name for one in steps()]
    place = places.index(name) + 1 if name in places else 0
    return steps()[place] if place < len(places) else None


def rows_of(step: Step) -> "QuerySet[Any]":
    """The rows of a kind in a model, whatever their age."""
    only: Q = import_string(step.ageing.only)() if step.ageing.only else Q()
    return step.model._base_manager.filter(only, **step.ageing.where)


def aged(step: Step, cutoff: datetime) -> "QuerySet[Any]":
    """Those of them that are too old."""
    return rows_of(step).filter(**{f"{step.ageing.at}__lt": cutoff})


def take_bite(step: Step, cutoff: datetime, place: Place) -> Bite:
    """Let some rows go. The caller's transaction holds the holds still."""
    found = next_rows(step, cutoff, place)
    old = [key for key, at in found if at is not None and at < cutoff]
    spared = held_among(step.model, old)
    going = [key for key in old if key not in spared]
    rows = end(step, going)
    is_over = len(found) < BITE or not old
    if is_over and step.ageing.after:
        import_string(step.ageing.after)(cutoff)
    last = found[-1] if found else None
    goes_on_at = None if is_over or last is None else [last[1].isoformat() if last[1] else None, last[0]]
    return Bite(len(going), len(spared), rows, goes_on_at)


def end(step: Step, keys: Sequence[Any]) -> int:
    """Let these rows go, in the way that their kind does."""
    if not keys:
        return 0
    if step.ageing.by:
        import_string(step.ageing.by)(keys)
        return len(keys)
    return let_go(step.model, keys)


def next_rows(step: Step, cutoff: datetime, place: Place) -> list[tuple[Any, datetime | None]]:
    """(key, time) of the rows that follow: by their time where there is an index by it, else by their number, which is
    the order that they were written in: where a whole bite is not old, none after it is.
    """
    at = step.ageing.at
    if step.ageing.is_by_time:
        rows = aged(step, cutoff).order_by(at, "pk")
        if place:
            rows = rows.filter(Q(**{f"{at}__gte": place[0]}), Q(**{f"{at}__gt": place[0]}) | Q(pk__gt=place[1]))
    else:
        rows = rows_of(step).order_by("pk")
        if place:
            rows = rows.filter(pk__gt=place[1])
    return list(rows.values_list("pk", at)[:BITE])
