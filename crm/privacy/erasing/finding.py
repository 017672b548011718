"""Finding one person's rows, by what each model declares."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.utils.module_loading import import_string

from crm.identity.kinds import Key, Kind
from crm.identity.models import Identifier
from crm.privacy.erasing.words import SHORTEST, Words, digits_of, spellings_of
from crm.privacy.personal import (
    Customers,
    Finder,
    Identifiers,
    Mentions,
    Model,
    Personal,
    RowsOf,
    Sought,
    Values,
    declared_of,
)

# Not within a longer word, address or number; what JSON or a mail escapes as \n ends a word, too.
BEFORE, BEHIND = r"(?:(?<![[:alnum:]._+-])|(?<=\\[nrt]))", r"(?![[:alnum:]_]|[.@-][[:alnum:]])"


class AsText(Func):
    """A column as text."""

    template = "(%(expressions)s)::text"
    output_field = TextField()


@dataclass(frozen=True)
class Subject:
    """Who is erased: numbers of identifiers and customers, and the customers' public ids from before."""

    identifiers: Collection[int]
    customers: Collection[int]
    public_ids: Collection[str] = ()

    @cached_property
    def keys(self) -> frozenset[Key]:
        """The identifiers' own values, as long as they are there."""
        found = Identifier.objects.filter(pk__in=self.identifiers).values_list("kind", "namespace", "value")
        return frozenset(Key(*one) for one in found)

    @property
    def values(self) -> list[tuple[str, str]]:
        """(kind, value) of the identifiers."""
        return sorted({(key.kind, key.value) for key in self.keys})

    @cached_property
    def words(self) -> Words:
        """What tells that a text is about them."""
        return Words(self.values, self.public_ids)

    @cached_property
    def pattern(self) -> str:
        """What finds any of them in text; nothing where none is long enough to look for."""
        told = [pattern_of(kind, value) for kind, value in self.values if kind != Kind.ONCE and len(value) >= SHORTEST]
        return "|".join([*told, *map(re.escape, self.public_ids)])


def pattern_of(kind: str, value: str) -> str:
    """The ways that an identifier is written, as a regular expression of PostgreSQL's."""
    if kind == Kind.PHONE:
        return digits_of(value)
    return f"{BEFORE}(?:{'|'.join(map(escaped, spellings_of(value)))}){BEHIND}"


def escaped(text: str) -> str:
    """Text as itself in a regular expression of PostgreSQL's."""
    return "".join(one if one.isalnum() else f"\\{one}" if one.isascii() else one for one in text)


def ways_to(model: Model, finder: Finder, subject: Subject) -> list["QuerySet[Any]"]:
    """A model's rows that one of its finders finds, by each way that leads to them: one index for each, where `or`
    would read the whole table.
    """
    rows = model._base_manager.all()
    if isinstance(finder, RowsOf):
        other = apps.get_model(finder.model)
        return [rows.filter(tied(finder, theirs)) for one in found_by(other) for theirs in ways_to(other, one, subject)]
    if isinstance(finder, Mentions):
        return [mentioning(rows, finder, subject)]
    if isinstance(finder, Sought):
        return [rows.filter(pk__in=all_sought(finder, subject))]
    return [rows.filter(condition(finder, subject))]


def found_by(model: Model) -> Sequence[Finder]:
    said = declared_of(model)
    assert isinstance(said, Personal)
    return said.found


def seek(finder: Sought, subject: Subject, cursor: int) -> tuple[Collection[Any], int | None]:
    """Keys of some rows, and where to go on."""
    act: Callable[[Subject, int], tuple[Collection[Any], int | None]] = import_string(finder.act)
    return act(subject, cursor)


def all_sought(finder: Sought, subject: Subject) -> set[Any]:
    found: set[Any] = set()
    cursor: int | None = 0
    while cursor is not None:
        some, cursor = seek(finder, subject, cursor)
        found |= set(some)
    return found


def condition(finder: Identifiers | Customers | Values, subject: Subject) -> Q:
    if isinstance(finder, Identifiers):
        return any_of(finder.columns, subject.identifiers)
    if isinstance(finder, Customers):
        return any_of(finder.columns, subject.customers)
    return any_of([finder.column], [value for kind, value in subject.values if kind == finder.kind])


def tied(finder: RowsOf, rows: "QuerySet[Any]") -> Q | Exists:
    """What ties rows of a model to these of another."""
    if len(finder.where) == 1:
        [(here, there)] = finder.where.items()
        wanted = Concat(Value(finder.prefix), AsText(F(there)), output_field=TextField()) if finder.prefix else there
        return Q(**{f"{here}__in": rows.values_list(wanted)})
    return Exists(rows.filter(**{there: OuterRef(here) for here, there in finder.where.items()}))


def any_of(columns: Iterable[str], values: Collection[Any]) -> Q:
    return reduce(or_, (Q(**{f"{column}__in": values}) for column in columns))


def mentioning(rows: "QuerySet[Any]", finder: Mentions, subject: Subject) -> "QuerySet[Any]":
    if not subject.pattern:
        return rows.none()
    told = {f"text_{column}": AsText(F(column)) for column in finder.columns}
    wanted = reduce(or_, (Q(**{f"{name}__iregex": subject.pattern}) for name in told))
    found: QuerySet[Any] = rows.alias(**told).filter(wanted)
    return found
