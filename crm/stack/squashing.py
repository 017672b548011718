"""Migrations that make an empty database at once, in place of a history of them that was lived through elsewhere.

Django renders every model anew at each step of a history; of a hundred steps, that was most of a first start. What they
come to is worked out first, of descriptions alone, and is made once. Nothing is said twice: the history stays what is
true, for whoever has part of it.
"""

from importlib import import_module

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger


class AllAtOnce(Operation):
    """What these migrations of one app come to, in the order in which they are named."""

    reversible = False
    reduces_to_sql = False

    def __init__(self, replaced: list[tuple[str, str]]) -> None:
        modules = [import_module(f"{app}.migrations.{name}") for app, name in replaced]
        self.steps: list[Operation] = [step for module in modules for step in module.Migration.operations]

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # else each step renders all that is related
        for step in self.steps:
            step.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        made = [name for app, name in to_state.models if app == app_label]
        for model in (to_state.apps.get_model(app_label, name) for name in made):
            if self.allow_migrate_model(schema_editor.connection.alias, model):  # else it has no table of its own
                schema_editor.create_model(model)
        for name in made:
            for trigger in to_state.models[app_label, name].options.get("triggers", []):
                AddTrigger(name, trigger).database_forwards(app_label, schema_editor, from_state, to_state)
        for step in self.steps:
            if isinstance(step, RunSQL | RunPython):
                step.database_forwards(app_label, schema_editor, to_state, to_state)

    def describe(self) -> str:
        return f"Make at once what {len(self.steps)} steps come to"
