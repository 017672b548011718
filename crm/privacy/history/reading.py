"""Reading the history of rows: one kind at a time, newest first, in pages by keyset, with what each change changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db.models import Field, Model, OuterRef, QuerySet, Subquery
from django.http import QueryDict
from pghistory.models import Event

from crm.asked import number_of, older
from crm.json_text import json_text
from crm.privacy.history.tracking import REMOVED
from crm.privacy.personal import Personal, declared_of

PAGE = 50
NAMED = 2_000
Versions = Any  # a model that pghistory made
Fields = Mapping["Field[Any, Any]", Mapping[Any, str]]  # and what is said for a value of it


@dataclass(frozen=True, slots=True)
class Difference:
    """One column, as it was and as it became; None where the row was made, or removed."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One version. said: what the row is called; differences are named alone where they are a customer's."""

    version: Any
    said: str
    differences: list[Difference]

    @property
    def actor(self) -> str:
        return str((self.version.pgh_context or {}).get("actor") or "")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which versions: of which kind, of one row (its number), below a number."""

    kind: str
    row: int | None = None
    before: int | None = None


def kinds() -> dict[str, Versions]:
    """The models of versions by the name of what they are of."""
    found = [model for model in apps.get_models() if issubclass(model, Event) and hasattr(model, "personal")]
    return {tracked(model)._meta.model_name or "": model for model in sorted(found, key=word_of)}


def tracked(model: Versions) -> type[Model]:
    of: type[Model] = model.pgh_tracked_model
    return of


def word_of(model: Versions) -> str:
    return str(tracked(model)._meta.verbose_name)


def asked_of(query: QueryDict) -> Asked:
    """What a request asks for; what cannot be read is as if not asked."""
    known, kind = kinds(), query.get("kind", "")
    return Asked(
        kind if kind in known else "source", number_of(query.get("row", "")), number_of(query.get("before", ""))
    )


def read_versions(asked: Asked) -> tuple[list[Line], int | None]:
    """(a page of versions, the number that the next page's `before` is)."""
    model = kinds()[asked.kind]
    rows: QuerySet[Any] = model._default_manager.order_by("-pk")
    if asked.row is not None:
        rows = rows.filter(pgh_obj_id=asked.row)
    earlier = model._default_manager.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pk__lt=OuterRef("pk")).order_by("-pk")
    shown, following = older(rows.annotate(earlier=Subquery(earlier.values("pk")[:1])), asked.before, PAGE)
    before = model._default_manager.in_bulk([one.earlier for one in shown if one.earlier])
    fields = {field: names_of(field) for field in model._meta.concrete_fields if not field.name.startswith("pgh_")}
    return [line_of(model, fields, one, before.get(one.earlier)) for one in shown], following


def names_of(field: "Field[Any, Any]") -> dict[Any, str]:
    """What the rows are called that a column leads to, where those are logins or roles."""
    other = field.related_model
    return {row.pk: str(row) for row in other._default_manager.order_by("pk")[:NAMED]} if other in (User, Group) else {}


def line_of(model: Versions, fields: Fields, version: Any, before: Any) -> Line:
    is_personal = isinstance(declared_of(model), Personal)
    changed = list(differences(fields, version, before))
    if is_personal:
        changed = [Difference(one.name, None, None) for one in changed]
    return Line(version, "" if is_personal else name_of(version), changed)


def name_of(version: Any) -> str:
    """What the row was called then."""
    return str(getattr(version, "name", "") or getattr(version, "username", "") or "")


def differences(fields: Fields, version: Any, before: Any) -> Iterator[Difference]:
    """What a version changed; all that is set, where it is a row's first or its last. Pure."""
    for field, names in fields.items():
        now, was = said(getattr(version, field.attname), names), said(getattr(before, field.attname, None), names)
        if version.pgh_label == REMOVED:
            now, was = "", now
        if now != was:
            yield Difference(str(field.verbose_name), was or None, now or None)


def said(value: Any, names: Mapping[Any, str]) -> str:
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, dict | list):
        return json_text(value)
    return (names.get(value) or str(value)) if names else str(value)
