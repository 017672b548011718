"""Every model says which of its rows are one person's, and how they are erased; no column of text is left out."""

import pytest
from django.apps import apps
from django.db import connection
from django.utils.module_loading import import_string

from crm.privacy.personal import (
    FOREIGN,
    TABLES,
    Ageing,
    Declared,
    Lasts,
    Mentions,
    Model,
    Nothing,
    Personal,
    RowsOf,
    Sought,
    Values,
    declared_of,
    in_order,
    personal_models,
    text_columns,
)

MODELS = apps.get_models()


def columns_of(model: Model) -> set[str]:
    names = {column.name for column in model._meta.concrete_fields}
    return names | {column.attname for column in model._meta.concrete_fields}


def named_by(said: Personal) -> set[str]:
    """The model's own columns that a declaration names."""
    named = {*said.columns, *said.tells}
    for finder in said.found:
        if isinstance(finder, RowsOf):
            named |= set(finder.where)
        elif isinstance(finder, Sought):
            import_string(finder.act)
        else:
            named |= {finder.column} if isinstance(finder, Values) else set(finder.columns)
    return {name.partition("__")[0] for name in named}


def forgotten(model: Model, said: Declared | None) -> list[str]:
    """What a model's declaration leaves out, or names and has not."""
    if said is None:
        return ["personal"]
    wrong = {name for name in (named_by(said) if isinstance(said, Personal) else said.columns)} - columns_of(model)
    if isinstance(said, Personal):
        wrong |= forgotten_of_age(model, said)
    if isinstance(said, Nothing) or said.blank:
        wrong |= set(text_columns(model)) - said.columns
    return sorted(wrong)


def forgotten_of_age(model: Model, said: Personal) -> set[str]:
    """What a declaration leaves out, or names and has not, of how its rows age."""
    if said.ages is None:
        return {"ages"}
    if isinstance(said.ages, Lasts):
        is_found_through_others = any(isinstance(finder, RowsOf) for finder in said.found)
        return {"ages"} if said.ages is Lasts.WITH and not is_found_through_others else set()
    acts = [one for ageing in said.ages for one in (ageing.only, ageing.by, ageing.after) if one]
    for act in [*acts, said.goes_by] if said.goes_by else acts:
        import_string(act)
    named = {ageing.at for ageing in said.ages} | ({said.heard} if said.heard else set())
    return named - columns_of(model)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_model_says_what_is_personal_in_it(model: Model) -> None:
    assert forgotten(model, declared_of(model)) == []


def test_what_is_forgotten_is_found() -> None:
    note = apps.get_model("journeys.Note")
    assert forgotten(note, None) == ["personal"]
    assert forgotten(note, Nothing()) == ["body"]
    assert forgotten(note, Nothing(("body", "colour"))) == ["colour"]
    assert forgotten(note, Personal((Mentions("said"),), ages=Lasts.CUSTOMER)) == ["said"]
    staying = Personal((Mentions("body"),), blank={"is_delicate": False}, ages=Lasts.PROOF)
    assert forgotten(note, staying) == ["body"]
    assert forgotten(note, Personal((Mentions("body"),))) == ["ages"]
    assert forgotten(note, Personal((Mentions("body"),), ages=Lasts.WITH)) == ["ages"]
    assert forgotten(note, Personal((Mentions("body"),), ages=(Ageing("notes", "when"),))) == ["when"]


def test_nothing_is_declared_for_what_is_not_there() -> None:
    assert set(FOREIGN) <= {model._meta.label for model in MODELS}


def test_rows_are_found_through_rows_that_are_there() -> None:
    for model, said in personal_models().items():
        for finder in said.found:
            if isinstance(finder, RowsOf):
                other = apps.get_model(finder.model)
                assert isinstance(declared_of(other), Personal), model
                assert set(finder.where.values()) <= columns_of(other), model


def test_what_is_found_through_another_is_erased_before_it() -> None:
    order = [model._meta.label for model in in_order()]
    place = order.index
    assert place("journeys.Segment") < place("journeys.Transcript") < place("journeys.Recording")
    assert place("journeys.Recording") < place("journeys.Conversation") < place("journeys.Interaction")
    assert place("integrations.Delivery") < place("integrations.Trail") < place("journeys.Interaction")
    assert place("crm.Review") < place("crm.Link") < place("crm.Identifier") < place("crm.Customer")
    assert place("crm.BatchLine") < place("crm.Identifier")


@pytest.mark.django_db
def test_every_table_is_of_a_model_that_says_so() -> None:
    """Tables that no model stands for would be passed by."""
    joining = {field.m2m_db_table() for model in MODELS for field in model._meta.local_many_to_many}
    known = {model._meta.db_table for model in MODELS} | joining
    assert set(connection.introspection.table_names()) - known == set(TABLES)
