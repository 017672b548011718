"""What interactions are asked by: one set of parameters for Explore, its files and the API."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms

from crm.api.parameters import Parameters, choice, described, pattern, text
from crm.privacy.purposes import standing
from journeys.explore.facets import OUTCOMES, UNANSWERED, Rows, having
from journeys.explore.following import COURSE, read_course
from journeys.listening.models import MOODS
from journeys.segments.definitions import BadDefinition

CONSENT = r"^(given|refused):[a-z0-9_\-]{1,40}$"
PURPOSES_SHOWN = 20
LARGEST = 10**12
NUMBER = {"invalid": "give a number, such as 250 or 99.50"}
JOURNEY = (
    "What the same customer did, or did not, within a time after it, or before it: from 1 to 3 steps of a segment, "
    "such as: not event:Order Completed within 30 minutes; call within 7 days; before page:/quote/ within 1 day. "
    "What was not done after it is so once its time has passed."
)


class CourseField(forms.Field):
    """A journey's steps, as text."""

    def to_python(self, value: Any) -> Any:
        try:
            return read_course(str(value)) if value else None
        except BadDefinition as bad:
            raise forms.ValidationError(str(bad)) from bad


class Courses(django_filters.Filter):
    field_class = CourseField


def amount(help_text: str) -> django_filters.Filter:
    """A sum of money."""
    parameter = django_filters.NumberFilter(min_value=-LARGEST, max_value=LARGEST, error_messages=NUMBER)
    return described(parameter, type="number", minimum=-LARGEST, maximum=LARGEST, description=help_text)


class Facets(Parameters):
    """What a marketer asks of an interaction. `qs` are the rows that have all of it, but for the consent and the
    segment: those are the customer's, and looked up where rows are shown (finding.py).
    """

    campaign = text("The name of the campaign that it came by, as it was sent.")
    path = text("The path of the page looked at, such as /quote/; with * at its end, everything below it.")
    landing = text("As path, of those pages alone that a visit began with.")
    product = text("The name of a product that was looked at or bought.")
    outcome = choice((*OUTCOMES, UNANSWERED), "What came of a call; unanswered: missed, voicemail, or failed.")
    mood = choice(MOODS, "How the customer’s words felt.")
    value_from = amount("Worth at least this much.")
    value_to = amount("Worth at most this much.")
    segment = pattern(r"^[0-9]{1,18}$", "give the number of a segment, of whose customers it has to be")
    consent = pattern(CONSENT, "give given:purpose or refused:purpose, such as given:marketing")
    journey = described(Courses(), pattern=COURSE, description=JOURNEY)

    def filter_queryset(self, queryset: Rows) -> Rows:
        """Narrow interactions by what is asked."""
        return queryset.filter(having(self.form.cleaned_data))


def is_any(asked: Mapping[str, Any]) -> bool:
    """Whether any facet is asked for."""
    return any(asked.get(name) not in (None, "") for name in Facets.base_filters)


def consents() -> list[tuple[str, str]]:
    """What may be asked of consents: (value, in words)."""
    purposes = standing().purposes[:PURPOSES_SHOWN]
    return [
        (f"{state}:{one.key}", f"{one.label}: {word}")
        for one in purposes
        for state, word in (("given", "given"), ("refused", "refused or taken back"))
    ]
