"""Sparing what a legal hold is on, whatever its age."""

from collections.abc import Collection
from typing import Any

from crm.privacy.erasing.finding import Subject, ways_to
from crm.privacy.holding.standing import held_identifiers, is_any_held
from crm.privacy.personal import Mentions, Model, Personal, declared_of


def held() -> Subject | None:
    """Everybody who is held; None where nobody is."""
    if not is_any_held():
        return None
    rows = list(held_identifiers().values_list("pk", "origin_id"))
    return Subject([pk for pk, _ in rows], [origin for _, origin in rows])


def held_among(model: Model, keys: Collection[Any]) -> set[Any]:
    """Those of a model's rows (keys) that are of somebody who is held."""
    subject = held() if keys else None
    said = declared_of(model)
    if subject is None or not isinstance(said, Personal):
        return set()
    return {
        key
        for finder in said.found
        if not isinstance(finder, Mentions)
        for way in ways_to(model, finder, subject)
        for key in way.filter(pk__in=keys).values_list("pk", flat=True)
    }
