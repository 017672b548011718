"""Admin pages of queues, agents and the rules by which calls reach them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import ManyToManyField
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from journeys.calls.conditions import FACTS, TESTS
from journeys.calls.models import Agent, Queue, RoutingRule

FACTS_SAID = ", ".join(FACTS)
CONDITIONS = (
    'A list; all must hold, none: every call. For example [{"fact": "pages", "about": "bahamas", "is": "at least",'
    f' "value": 3}}]. Facts: {FACTS_SAID}. Tests: {", ".join(TESTS)}.'
)


@admin.register(Queue)
class QueueAdmin(ModelAdmin):
    """Where callers wait; the phone system knows them by their names."""

    list_display = ("label", "name", "is_default")
    search_fields = ("name", "label")


@admin.register(Agent)
class AgentAdmin(ModelAdmin):
    """Who answers calls."""

    list_display = ("user", "extension", "presence", "since")
    list_select_related = ("user",)
    list_filter = ("presence",)
    fields = ("user", "extension", "skills", "queues")

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Agent, Queue]", request: HttpRequest, **options: object
    ) -> forms.ModelMultipleChoiceField | None:
        """Queues, to be ticked."""
        field: forms.ModelMultipleChoiceField | None = super().formfield_for_manytomany(
            db_field, request, widget=UnfoldAdminCheckboxSelectMultipleWidget, **options
        )
        return field


@admin.register(RoutingRule)
class RoutingRuleAdmin(ModelAdmin):
    """Where calls go; the first in order that is live and holds decides."""

    list_display = ("name", "position", "queue", "agent", "skill", "is_live")
    list_select_related = ("queue", "agent__user")
    fields = ("position", "name", "conditions", "queue", "agent", "skill", "level", "timeout", "next_queue", "is_live")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Say beside the conditions what may be asked."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name == "conditions":
            field.help_text = CONDITIONS
        return field
