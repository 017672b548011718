"""Finding one person's rows, by what each model declares."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Any
from urllib.parse import quote

import phonenumbers
from django.apps import apps
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from crm.identity.kinds import Kind
from crm.identity.models import Identifier
from crm.privacy.personal import (
    Customers,
    Finder,
    Identifiers,
    Mentions,
    Model,
    Personal,
    RowsOf,
    Values,
    declared_of,
)

SHORTEST = 6  # characters of a value that is looked for in text: shorter ones stand everywhere
GAP = r"[\s().-]*"  # in a number as people write it
# Not within a longer word, address or number; what JSON or a mail escapes as \n ends a word, too.
BEFORE, BEHIND = r"(?:(?<![[:alnum:]._+-])|(?<=\\[nrt]))", r"(?![[:alnum:]_]|[.@-][[:alnum:]])"


class AsText(Func):
    """A column as text."""

    template = "(%(expressions)s)::text"
    output_field = TextField()


class Unpacked(Func):
    """A column as text, of which some is in base64 after `base64:`."""

    template = (
        "CASE WHEN %(expressions)s LIKE 'base64:%%%%' "
        "THEN encode(decode(substr(%(expressions)s, 8), 'base64'), 'escape') ELSE %(expressions)s END"
    )
    output_field = TextField()


@dataclass(frozen=True)
class Subject:
    """Who is erased: numbers of identifiers and customers, and the customers' public ids from before."""

    identifiers: Collection[int]
    customers: Collection[int]
    public_ids: Collection[str] = ()

    @cached_property
    def values(self) -> list[tuple[str, str]]:
        """(kind, value) of the identifiers, as long as they are there."""
        return list(Identifier.objects.filter(pk__in=self.identifiers).values_list("kind", "value"))

    @cached_property
    def pattern(self) -> str:
        """What finds any of them in text; nothing where none is long enough to look for."""
        told = [pattern_of(kind, value) for kind, value in self.values if kind != Kind.ONCE and len(value) >= SHORTEST]
        return "|".join([*told, *map(re.escape, self.public_ids)])


def pattern_of(kind: str, value: str) -> str:
    """The ways that an identifier is written, as a regular expression of PostgreSQL's."""
    if kind == Kind.PHONE:
        number = phonenumbers.parse(value)
        digits = GAP.join(str(number.national_number))
        return rf"(?<![0-9])(?:(?:00)?{number.country_code}{GAP})?(?:0{GAP})?{digits}(?![0-9])"
    spellings = {value, quote(value, safe=""), quote(value, safe="@"), json.dumps(value)[1:-1]}
    return f"{BEFORE}(?:{'|'.join(sorted(map(escaped, spellings)))}){BEHIND}"


def escaped(text: str) -> str:
    """Text as itself in a regular expression of PostgreSQL's."""
    return "".join(one if one.isalnum() else f"\\{one}" if one.isascii() else one for one in text)


def rows_of(model: Model, subject: Subject) -> "QuerySet[Any]":
    """All of a model's rows that are the person's."""
    said = declared_of(model)
    assert isinstance(said, Personal)
    return reduce(or_, (rows_by(model, finder, subject) for finder in said.found))


def rows_by(model: Model, finder: Finder, subject: Subject) -> "QuerySet[Any]":
    """A model's rows that one of its finders finds."""
    rows = model._base_manager.all()
    if isinstance(finder, Mentions):
        return mentioning(rows, finder, subject)
    return rows.filter(condition(finder, subject))


def condition(finder: Identifiers | Customers | Values | RowsOf, subject: Subject) -> Q | Exists:
    if isinstance(finder, Identifiers):
        return any_of(finder.columns, subject.identifiers)
    if isinstance(finder, Customers):
        return any_of(finder.columns, subject.customers)
    if isinstance(finder, Values):
        return any_of([finder.column], [value for kind, value in subject.values if kind == finder.kind])
    rows = rows_of(apps.get_model(finder.model), subject)
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
    as_text = Unpacked if finder.is_packed else AsText
    told = {f"text_{column}": as_text(F(column)) for column in finder.columns}
    wanted = reduce(or_, (Q(**{f"{name}__iregex": subject.pattern}) for name in told))
    found: QuerySet[Any] = rows.alias(**told).filter(wanted)
    return found
