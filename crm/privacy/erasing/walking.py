"""Walking the registry: one bite of one model's rows at a time, deleted or blanked as the model declares."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, Func, Max, TextField, Value
from django.db.models.expressions import BaseExpression
from django.utils.module_loading import import_string

from crm.privacy.erasing.finding import Subject, seek, ways_to
from crm.privacy.erasing.models import Erasure
from crm.privacy.masking import DOTS
from crm.privacy.personal import (
    Finder,
    Mentions,
    Model,
    Personal,
    Sought,
    Values,
    in_order,
    personal_models,
)

BITE = 2_000  # rows that are deleted at once
WINDOW = 2_000  # rows that are read at once where every row has to be: about a second of matching text
TOLD = " told"  # after a model's label, in the counts: words in rows that are somebody else's
LAST = ("crm.Identifier", "crm.Customer")  # what the others are found by


class Told(Mentions):
    """Rows of somebody else's, in which staff wrote of the person: their identifiers are taken out."""


class Without(Func):
    """A text without what is found by a regular expression."""

    function = "regexp_replace"
    template = "%(function)s(%(expressions)s, 'gi')"
    output_field = TextField()


class Step(NamedTuple):
    """Rows of one model that are found in one way."""

    name: str
    model: Model
    said: Personal
    finder: Finder

    @property
    def counted_as(self) -> str:
        """What the certificate counts them as."""
        return f"{self.model._meta.label}{TOLD if isinstance(self.finder, Told) else ''}"

    @property
    def is_windowed(self) -> bool:
        """Whether it reads the whole table, by its numbers."""
        return isinstance(self.finder, Mentions) and isinstance(self.model._meta.pk, models.BigAutoField)


class Rest(NamedTuple):
    """Waiting until whoever was writing of the person is through: what they wrote is found by the steps after it."""

    name: str


class Bite(NamedTuple):
    """What one bite did. cursor: where the next one goes on; nothing where the step is over."""

    erased: int
    cursor: int | None


@cache
def steps() -> Sequence[Step | Rest]:
    """All steps in their order: everything; what came meanwhile, once more; whom it was found by; and what hangs off
    them all the same, because somebody had read them before they went.
    """
    told = personal_models()
    every = [
        Step(f"{model._meta.label} {at}", model, told[model], finder)
        for model in in_order()
        for at, finder in enumerate(told[model].found)
    ]
    first = [step for step in every if step.model._meta.label not in LAST]
    first += [
        Step(f"{model._meta.label} told", model, told[model], Told(*told[model].tells))
        for model in in_order()
        if told[model].tells
    ]
    again = [step for step in first if not isinstance(step.finder, Mentions)]
    whom = [step for step in every if step.model._meta.label in LAST]
    rest = [step for step in again if not isinstance(step.finder, Values | Sought)]
    return [*numbered(1, first), Rest("2 rest"), *numbered(2, again), *numbered(3, whom), Rest("4 rest"),
            *numbered(4, rest)]  # fmt: skip


def numbered(number: int, some: Sequence[Step]) -> Iterator[Step]:
    return (step._replace(name=f"{number} {step.name}") for step in some)


def step_named(name: str) -> Step | Rest:
    """The step of that name; the first where a newer release knows it no more: to begin again is safe."""
    return next((step for step in steps() if step.name == name), steps()[0])


def after(step: Step | Rest) -> Step | Rest | None:
    """The step that follows; None after the last."""
    place = steps().index(step)
    return steps()[place + 1] if place + 1 < len(steps()) else None


def share_done(erasure: Erasure) -> int:
    """How far an erasure is, in hundredths of its steps."""
    if not erasure.step:
        return 100 if erasure.state == Erasure.State.DONE else 0
    return 100 * steps().index(step_named(erasure.step)) // len(steps())


def take_bite(step: Step, subject: Subject, cursor: int) -> Bite:
    """Erase some of a step's rows; the caller's transaction holds them."""
    if isinstance(step.finder, Sought):
        keys, goes_on_at = seek(step.finder, subject, cursor)
        return Bite(bite_of(step, step.model._base_manager.filter(pk__in=keys), subject).erased, goes_on_at)
    ways = ways_to(step.model, step.finder, subject)
    if step.is_windowed:
        return window_of(step, ways[0], subject, cursor)
    done = bite_of(step, ways[cursor], subject)
    goes_on_at = cursor + 1 if done.cursor is None else cursor
    return Bite(done.erased, goes_on_at if goes_on_at < len(ways) else None)


def window_of(step: Step, rows: "models.QuerySet[Any]", subject: Subject, cursor: int) -> Bite:
    """A bite of a table that has to be read whole."""
    end = cursor + WINDOW
    erased = bite_of(step, rows.filter(pk__gt=cursor, pk__lte=end), subject).erased
    most = step.model._base_manager.aggregate(most=Max("pk"))["most"] or 0
    return Bite(erased, end if end < most else None)


def bite_of(step: Step, rows: "models.QuerySet[Any]", subject: Subject) -> Bite:
    if isinstance(step.finder, Told) and not step.said.is_sealed:
        return Bite(rows.update(**{name: without(name, subject) for name in step.said.tells}), None)
    if step.said.blank:
        rows = unless_blank(step, rows)
        if not step.said.by:
            return Bite(rows.update(**step.said.blank), None)
    keys = list(rows.values_list("pk", flat=True)[:BITE])
    if keys:
        erase(step, keys, subject)
    return Bite(len(keys), 0 if len(keys) == BITE else None)


def without(column: str, subject: Subject) -> Without:
    """A column without what tells of the person."""
    return Without(F(column), Value(subject.pattern), Value(DOTS))


def unless_blank(step: Step, rows: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
    """The rows whose personal columns are not blank yet."""
    constant = {name: value for name, value in step.said.blank.items() if not isinstance(value, BaseExpression)}
    return rows.exclude(**constant) if constant else rows


def erase(step: Step, keys: Collection[Any], subject: Subject) -> None:
    """Erase rows by their keys: their files first, so that whoever dies in the middle leaves none behind."""
    rows = step.model._base_manager.filter(pk__in=keys)
    drop_files(step.model, rows)
    if step.said.by:
        act: Callable[[Collection[Any], Collection[int]], None] = import_string(step.said.by)
        act(keys, subject.identifiers)
    else:
        rows._raw_delete(rows.db)


def drop_files(model: Model, rows: "models.QuerySet[Any]") -> None:
    """Delete the files of these rows."""
    for column in model._meta.concrete_fields:
        if isinstance(column, models.FileField):
            for name in rows.exclude(**{column.name: ""}).values_list(column.name, flat=True):
                column.storage.delete(name)
