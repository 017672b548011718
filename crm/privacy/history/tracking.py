"""Which rows keep their history: triggers of the database write every version of them, whoever changes them, bulk too.

By django-pghistory, a trigger on each row. A version holds the columns as they were then, who changed them (told by
`attributing`, nobody where a program of ours did), and which request it was.
"""

from collections.abc import Collection
from typing import Any

import pghistory
import pgtrigger
from django.db import models
from pghistory import trigger

from crm.privacy.personal import Declared

MADE, CHANGED, REMOVED = "made", "changed", "removed"
CONTEXT: dict[str, Any] = {
    "obj_field": pghistory.ObjForeignKey(related_name="versions"),
    "context_field": pghistory.ContextJSONField(),
    "context_id_field": pghistory.ContextUUIDField(),
}


class WithoutSecrets(trigger.Event):
    """What writes a version, without some keys of the column `settings`."""

    secrets: Collection[str] = ()

    def get_func(self, model: Any) -> Any:
        whole, keys = f'{self.row}."settings"', ", ".join(f"'{name}'" for name in self.secrets)
        written = super().get_func(model)
        return pgtrigger.Func(written.func.replace(whole, f"{whole} - ARRAY[{keys}]"))


class Bare(pghistory.RowEvent):
    """A tracker whose versions have no secrets."""

    def __init__(self, label: str, secrets: Collection[str]) -> None:
        super().__init__(label)
        self.secrets = secrets

    def add_event_trigger(self, event_model: Any) -> None:
        one: Any = self
        told = {name: getattr(one, name) for name in ("label", "row", "operation", "condition", "level")}
        writing = WithoutSecrets(event_model=event_model, name=one.trigger_name, **told)
        writing.secrets = self.secrets
        pgtrigger.register(writing)(event_model.pgh_tracked_model)


class BareInsert(Bare, pghistory.InsertEvent):
    pass


class BareUpdate(Bare, pghistory.UpdateEvent):
    pass


class BareDelete(Bare, pghistory.DeleteEvent):
    pass


def keep_history(
    model: type[models.Model], name: str, declared: Declared, fields: Collection[str], *, is_removal_kept: bool = True,
    app: str = "crm", meta: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """The model of the versions of some rows, by its name. fields: those that are kept.

    is_removal_kept: not where rows are removed by erasure alone, whose words a version would keep.
    """
    trackers = [pghistory.InsertEvent(MADE), pghistory.UpdateEvent(CHANGED)]
    removal = [pghistory.DeleteEvent(REMOVED)] if is_removal_kept else []
    return versions(model, name, fields, [*trackers, *removal], app, {"personal": declared}, meta or {})


def versions(
    model: type[models.Model], name: str, fields: Collection[str], trackers: Collection[Any], app: str,
    attrs: dict[str, Any], meta: dict[str, Any],
) -> Any:  # fmt: skip
    return pghistory.create_event_model(
        model, *trackers, fields=list(fields), model_name=name, app_label=app, abstract=False, attrs=attrs, meta=meta,
        **CONTEXT,
    )  # fmt: skip
