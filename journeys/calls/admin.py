"""Admin pages of queues and agents; the rules of routing have a page of their own."""

from django import forms
from django.contrib import admin
from django.db.models import ManyToManyField
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from journeys.calls.models import Agent, Queue


@admin.register(Queue)
class QueueAdmin(ModelAdmin):
    """Where callers wait; the phone system knows them by their names."""

    list_display = ("label", "name", "is_default")
    search_fields = ("name", "label")


class AgentForm(forms.ModelForm):
    """An agent, with what to write."""

    class Meta:
        model = Agent
        fields = ("user", "extension", "skills", "queues")
        help_texts = {
            "extension": "What the phone system calls them; without one, their user name.",
            "skills": 'What they know, each with a level of 1 to 5: {"bahamas": 4, "bookings": 3}',
        }


@admin.register(Agent)
class AgentAdmin(ModelAdmin):
    """Who answers calls."""

    form = AgentForm
    list_display = ("__str__", "user", "extension", "presence", "since")
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
