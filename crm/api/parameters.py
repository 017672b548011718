"""What a request may ask: typed parameters, described in the schema, refused with the remedy."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.http import QueryDict
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from crm.api.errors import BadParameter
from crm.identity.kinds import Kind

DEFAULT_LIMIT = 50
MOST = 200
LONGEST = 200  # characters of a text
LARGEST_ID = 2**63 - 1
IDENTIFIER = "^(" + "|".join(Kind.values) + r"):[^\u0000-\u001f]+$"
TEXT = r"^[^\u0000]*$"
SOME_TEXT = r"^[^\u0000]+$"  # of what may be blank: the description says that beside the pattern


class WholeNumber(django_filters.Filter):
    field_class = forms.IntegerField


def row_number(name: str, help_text: str) -> OpenApiParameter:
    """A row's number in an address."""
    schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    return OpenApiParameter(name, schema, OpenApiParameter.PATH, description=help_text)


def described(parameter: django_filters.Filter, **schema: Any) -> django_filters.Filter:
    """Say in the schema what a parameter takes, where its type does not."""
    set_override(parameter, "field", {"type": "string", **schema})
    return parameter


def limit() -> django_filters.Filter:
    """How many results a page holds."""
    remedy = f"give a whole number from 1 to {MOST}"
    parameter = WholeNumber(
        min_value=1, max_value=MOST, help_text=f"How many results at most; {DEFAULT_LIMIT} unless told.",
        error_messages={"invalid": remedy, "min_value": remedy, "max_value": remedy},
    )  # fmt: skip
    schema = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    return described(parameter, **schema, description=parameter.extra["help_text"])


def text(help_text: str) -> django_filters.Filter:
    """Words to look for."""
    parameter = django_filters.CharFilter(max_length=LONGEST)
    return described(parameter, maxLength=LONGEST, pattern=TEXT, description=help_text)


def choice(values: Iterable[str], help_text: str) -> django_filters.Filter:
    """One of some words."""
    words = list(values)
    unknown = "“%(value)s” is not known; give one of: " + ", ".join(words)
    return django_filters.ChoiceFilter(
        choices=[(word, word) for word in words], help_text=help_text, error_messages={"invalid_choice": unknown}
    )


def pattern(regex: str, remedy: str, **options: Any) -> django_filters.Filter:
    """A word of a form. remedy: what to give, in a phrase."""
    parameter = Patterned(regex=regex, error_messages={"invalid": remedy}, help_text=remedy[:1].upper() + remedy[1:])
    return described(parameter, pattern=regex, description=parameter.extra["help_text"], **options)


class Patterned(django_filters.CharFilter):
    field_class = forms.RegexField


def identifier() -> django_filters.Filter:
    """An identifier as kind:value."""
    return pattern(IDENTIFIER, f"give kind:value, such as email:jane@example.com; kinds: {', '.join(Kind.values)}")


def moment(help_text: str) -> django_filters.Filter:
    """A time."""
    return django_filters.IsoDateTimeFilter(
        help_text=help_text, error_messages={"invalid": "give an ISO 8601 time, such as 2026-11-21T14:00:00Z"}
    )


def public_id(help_text: str) -> django_filters.Filter:
    """A customer's id."""
    return django_filters.UUIDFilter(help_text=help_text, error_messages={"invalid": "give a customer's id (a UUID)"})


class Parameters(django_filters.FilterSet):
    """Every set of parameters; those that it does not name, and those that are given twice, are refused."""

    def cleaned(self) -> dict[str, Any]:
        """The values that were given, by name; the rest None or empty. Raises ValidationError."""
        for name in sorted(set(self.data or ()) - set(self.filters)):
            known = ", ".join(self.filters) or "none"
            raise BadParameter(name[:60], f"is no parameter of this address; there are: {known}")
        for name in self.data or ():
            if isinstance(self.data, QueryDict) and len(self.data.getlist(name)) > 1:
                raise BadParameter(name, "is given more than once; give it once")
        if not self.form.is_valid():
            complaints = self.form.errors.items()
            raise ValidationError({name: [str(line) for line in lines] for name, lines in complaints})
        return dict(self.form.cleaned_data)


def said(most: int, help_text: str | None = None) -> serializers.RegexField:
    """A text of a body, with something in it."""
    return serializers.RegexField(r"^[^\u0000]*[^\s\u0000][^\u0000]*$", max_length=most, help_text=help_text)
