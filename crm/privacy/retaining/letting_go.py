"""Letting rows go, with whatever hangs off them: what the models declare to be found through them."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.module_loading import import_string
from psycopg import sql

from crm.fields import SoftForeignKey
from crm.privacy.erasing.walking import drop_files
from crm.privacy.personal import Model, Personal, RowsOf, declared_of, personal_models
from crm.sql import array, cursor, texts

Keys = Collection[Any]
BY_SEVERAL = sql.SQL("SELECT t.{key} FROM unnest({given}) AS n ({names}) JOIN {table} t ON {ties}")


def let_go(model: Model, keys: Keys) -> int:
    """Delete rows (keys) and what hangs off them; returns how many rows that were."""
    if not keys:
        return 0
    gone = sum(let_go(child, hanging(child, finder, model, keys)) for child, finder in hanging_off(model))
    loosen(model, keys)
    rows = model._base_manager.filter(pk__in=keys)
    drop_files(model, rows)
    said = declared_of(model)
    if isinstance(said, Personal) and said.goes_by:
        import_string(said.goes_by)(keys)
        return gone + len(keys)
    return gone + rows._raw_delete(rows.db)


def let_raw_go(model: Model, keys: Keys) -> int:
    """Delete only what these rows (keys), or what hangs off them, were made of; returns how many rows that were."""
    gone = 0
    for child, finder in hanging_off(model):
        found = hanging(child, finder, model, keys)
        said = declared_of(child)
        is_raw = isinstance(said, Personal) and said.is_raw
        gone += let_go(child, found) if is_raw else let_raw_go(child, found)
    return gone


@cache
def hanging_off(model: Model) -> Sequence[tuple[Model, RowsOf]]:
    """The models whose rows are found through rows of this one, and how."""
    return [
        (child, finder)
        for child, said in sorted(personal_models().items(), key=lambda one: one[0]._meta.label)
        for finder in said.found
        if isinstance(finder, RowsOf) and apps.get_model(finder.model) is model
    ]


def hanging(child: Model, finder: RowsOf, model: Model, keys: Keys) -> list[Any]:
    """The keys of a model's rows that hang off these rows of another."""
    if not keys:
        return []
    owners = list(model._base_manager.filter(pk__in=keys).values_list(*finder.where.values()))
    if len(finder.where) == 1:
        [here] = finder.where
        named = [f"{finder.prefix}{value}" if finder.prefix else value for (value,) in owners]
        return list(child._base_manager.filter(**{f"{here}__in": named}).values_list("pk", flat=True))
    return by_several(child, list(finder.where), owners)


def by_several(child: Model, columns: Sequence[str], owners: Sequence[Sequence[Any]]) -> list[Any]:
    """The keys of the rows whose columns hold any of these values together: by their index, whatever the statistics
    say, which is what an `EXISTS` over thousands of them is not always answered by.
    """
    fields = [one for name in columns for one in child._meta.concrete_fields if name in (one.name, one.attname)]
    are_text = [isinstance(one, models.CharField | models.TextField) for one in fields]
    names = [sql.Identifier(str(one.column)) for one in fields]
    given = [sql.SQL("%s::text[]" if is_text else "%s::bigint[]") for is_text in are_text]
    ties = [sql.SQL("t.{0} = n.{0}").format(name) for name in names]
    told = [sql.SQL("t.{} <> ''").format(name) for name, is_text in zip(names, are_text, strict=True) if is_text]
    statement = BY_SEVERAL.format(
        key=sql.Identifier(str(child._meta.pk.column)), given=sql.SQL(", ").join(given),
        names=sql.SQL(", ").join(names), table=sql.Identifier(child._meta.db_table),
        ties=sql.SQL(" AND ").join([*ties, *told]),
    )  # fmt: skip
    values = zip(*owners, strict=True) if owners else ([] for _ in fields)
    packed = [texts(map(str, some)) if is_text else array(some) for is_text, some in zip(are_text, values, strict=True)]
    with cursor() as reading:
        return [key for (key,) in reading.execute(statement, packed)]


def loosen(model: Model, keys: Keys) -> None:
    """Have what stays, and pointed at these rows, point at nothing."""
    for other, column in pointing_at(model):
        other._base_manager.filter(**{f"{column}__in": keys}).update(**{column: None})


@cache
def pointing_at(model: Model) -> Sequence[tuple[Model, str]]:
    """The columns that may point at rows of a model, and at nothing, without hanging off them."""
    hanging_by = {(child, here) for child, finder in hanging_off(model) for here in finder.where}
    return [
        (other, column.name)
        for other in apps.get_models()
        for column in other._meta.concrete_fields
        if isinstance(column, SoftForeignKey) and column.null and column.related_model is model
        and not {(other, column.name), (other, column.attname)} & hanging_by
    ]  # fmt: skip
