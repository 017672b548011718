"""Letting rows go, with whatever hangs off them: what the models declare to be found through them."""

from collections.abc import Collection, Sequence
from functools import cache

from django.apps import apps
from django.db import models
from django.utils.module_loading import import_string
from psycopg import sql

from crm.fields import SoftForeignKey
from crm.privacy.erasing.walking import drop_files
from crm.privacy.personal import Model, Personal, RowsOf, declared_of, personal_models
from crm.privacy.retaining.sparing import held_among
from crm.sql import array, cursor

Keys = Collection[int]
# Keys by the thousand go as one array: Django and psycopg take each of an `IN` in turn, six times as long as it takes.
DELETE = sql.SQL("DELETE FROM {table} WHERE {key} = ANY(%s::bigint[])")
LOOSEN = sql.SQL("UPDATE {table} SET {key} = NULL WHERE {key} = ANY(%s::bigint[])")
HANGING = sql.SQL("SELECT t.{key} FROM {owners} o JOIN {table} t ON {ties} WHERE o.{owner} = ANY(%s::bigint[])")
TIE, TEXT_TIE = sql.SQL("t.{here} = o.{there}"), sql.SQL("t.{here} = o.{there} AND t.{here} <> ''")
PREFIXED_TIE = sql.SQL("t.{here} = {prefix} || o.{there}::text")


def let_go(model: Model, keys: Keys) -> int:
    """Delete rows (keys) and what hangs off them; returns how many rows that were."""
    if not keys:
        return 0
    gone = sum(let_go(child, going(child, finder, model, keys)) for child, finder in hanging_off(model))
    loosen(model, keys)
    if any(isinstance(column, models.FileField) for column in model._meta.concrete_fields):
        drop_files(model, model._base_manager.filter(pk__in=keys))
    said = declared_of(model)
    if isinstance(said, Personal) and said.goes_by:
        import_string(said.goes_by)(keys)
        return gone + len(keys)
    with cursor() as writing:
        return gone + writing.execute(DELETE.format(table=table_of(model), key=key_of(model)), [array(keys)]).rowcount


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


def going(child: Model, finder: RowsOf, model: Model, keys: Keys) -> Keys:
    """The keys of a model's rows that go with these of another: of what something was made of, only what is of nobody
    who is held.
    """
    found = hanging(child, finder, model, keys)
    said = declared_of(child)
    spared = held_among(child, found) if found and isinstance(said, Personal) and said.is_raw else ()
    return set(found).difference(spared) if spared else found


def hanging(child: Model, finder: RowsOf, model: Model, keys: Keys) -> Sequence[int]:
    """The keys of a model's rows that hang off these rows of another."""
    if not keys:
        return []
    statement = HANGING.format(
        key=key_of(child), table=table_of(child), owners=table_of(model), owner=key_of(model),
        ties=sql.SQL(" AND ").join(tie(child, model, here, there, finder) for here, there in finder.where.items()),
    )  # fmt: skip
    with cursor() as reading:
        return [key for (key,) in reading.execute(statement, [array(keys)])]


def tie(child: Model, model: Model, here: str, there: str, finder: RowsOf) -> sql.Composed:
    """What ties a row of a model to a row of the one that it hangs off."""
    ours, theirs = column_of(child, here), column_of(model, there)
    names = {"here": named(ours), "there": named(theirs)}
    if finder.prefix:
        return PREFIXED_TIE.format(**names, prefix=sql.Literal(finder.prefix))
    return (TEXT_TIE if isinstance(ours, models.CharField) else TIE).format(**names)


def column_of(model: Model, name: str) -> "models.Field[object, object]":
    return next(one for one in model._meta.concrete_fields if name in (one.name, one.attname))


def named(column: "models.Field[object, object]") -> sql.Identifier:
    return sql.Identifier(str(column.column))


def table_of(model: Model) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)


def key_of(model: Model) -> sql.Identifier:
    return named(model._meta.pk)


def loosen(model: Model, keys: Keys) -> None:
    """Have what stays, and pointed at these rows, point at nothing."""
    for other, column in pointing_at(model):
        statement = LOOSEN.format(table=table_of(other), key=named(column_of(other, column)))
        with cursor() as writing:
            writing.execute(statement, [array(keys)])


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
