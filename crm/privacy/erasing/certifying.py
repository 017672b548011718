"""The certificate of an erasure: what was erased where, when, and by whom. It names nobody who was erased."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.apps import apps

from crm.privacy.erasing.models import Erasure
from crm.privacy.erasing.walking import TOLD

OF_NOTICE = ("whom", "waiting", "told", "left", "why", "remedy")


def certificate(erasure: Erasure) -> dict[str, Any]:
    """As JSON has it. rows: by model; identifiers: how many were put on the suppression list; notices: whom we had told
    of them, and what became of telling those.
    """
    times = {name: getattr(erasure, name) for name in ("asked_at", "checked_at", "started_at", "finished_at")}
    return {
        "erasure": str(erasure.public_id),
        "state": erasure.state,
        "asked_by": str(erasure.asked_by or ""),
        "checked_by": str(erasure.checked_by or ""),
        **{name: at.isoformat() if at else None for name, at in times.items()},
        "is_replayed": erasure.is_replayed,
        "identifiers": erasure.identifiers,
        "rows": dict(sorted(erasure.counts.items())),
        "total": erasure.total,
        "notices": [{name: getattr(one, name) for name in OF_NOTICE} for one in erasure.notices.all()],
    }


class Line(NamedTuple):
    """How many rows of one kind were erased, in words."""

    what: str
    rows: int


def lines_of(erasure: Erasure) -> list[Line]:
    """What was erased, the most of it first."""
    return lines_of_counts(erasure.counts)


def lines_of_counts(counts: Mapping[str, int]) -> list[Line]:
    """Counts by table in words, the most first."""
    return sorted((Line(words_of(label), rows) for label, rows in counts.items()), key=lambda one: -one.rows)


def words_of(label: str) -> str:
    """A table as people call it."""
    if label.endswith(TOLD):
        return f"words of them in others’ {words_of(label.removesuffix(TOLD))}"
    try:
        return str(apps.get_model(label)._meta.verbose_name_plural)
    except LookupError:  # of an older release
        return label
