"""The form of what counts as giving up."""

from collections.abc import Mapping
from typing import Any

from django import forms

from crm.privacy.masking import Veil
from journeys.attribution.definition_forms import Names
from journeys.attribution.group_forms import values_of
from journeys.attribution.grouping import is_like
from journeys.attribution.models import ConversionDefinition
from journeys.paths.abandonment import MOST_DAYS, MOST_QUIET, AbandonmentDefinition

PLAIN = ("name", "begun", "finished", "conversion", "quiet", "days")
LONGEST = 80


class Steps(Names):
    """Names of pages and events: none that tells who somebody is, for whoever asks for it would learn what they did."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if any(Veil().text(one) != one for one in value):
            raise forms.ValidationError("Leave e-mail addresses and telephone numbers out.")


class AbandonmentForm(forms.Form):
    """What begins an attempt, what finishes it, and when it counts as given up."""

    name = forms.CharField(label="Name", max_length=80, help_text="Such as: a quote.")
    begun = Steps(
        label="Begins with", max_length=400,
        help_text="Pages by their paths, such as /quote*, or events by their names, such as Quote Requested. Several"
                  " with commas; * stands for anything.",
    )  # fmt: skip
    finished = Steps(
        label="Finished by", max_length=400, required=False,
        help_text="Pages or events, such as /thank-you. Empty: by the conversion below alone.",
    )  # fmt: skip
    conversion = forms.ModelChoiceField(
        ConversionDefinition.objects.none(), label="Or by the conversion", required=False, empty_label="none",
        help_text="One that is made on the web: what is agreed on the phone finishes nothing online.",
    )  # fmt: skip
    quiet = forms.IntegerField(
        label="Given up after (minutes)", min_value=1, max_value=MOST_QUIET,
        help_text="Without a page and without a finish.",
    )  # fmt: skip
    days = forms.IntegerField(
        label="A call follows within (days)", min_value=1, max_value=MOST_DAYS,
        help_text="Counted from the last page; so is the money that such a call brought, from the call.",
    )  # fmt: skip

    def __init__(self, *args: Any, definition: AbandonmentDefinition, **options: Any) -> None:
        super().__init__(*args, **options)
        self.definition = definition
        self.initial = {name: getattr(definition, name) for name in PLAIN}
        choice = self.fields["conversion"]
        assert isinstance(choice, forms.ModelChoiceField)
        counting = ConversionDefinition.objects.filter(is_active=True, is_by_phone=False).exclude(channel="call")
        choice.queryset = counting.exclude(pk__in=ConversionDefinition.objects.staged())

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if AbandonmentDefinition.objects.filter(name__iexact=name).exclude(pk=self.definition.pk).exists():
            raise forms.ValidationError("There is one of that name; change that one, or give another name.")
        return name

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        begun, finished = told.get("begun") or [], told.get("finished") or []
        if "finished" in told and not finished and not told.get("conversion"):
            self.add_error("finished", "Say what finishes it, here or by a conversion: else everybody gives up.")
        if begun and all(is_like(one, tuple(finished)) for one in begun):
            self.add_error("finished", "It would be finished as soon as it begins. Name a later step.")
        return told

    def fill(self) -> AbandonmentDefinition:
        """The definition as it is filled in."""
        for name in PLAIN:
            setattr(self.definition, name, self.cleaned_data[name])
        return self.definition


def proposed(told: Mapping[str, str]) -> AbandonmentDefinition:
    """A new definition, with what an address proposes."""
    begun, finished = (list(values_of(told.get(name, "")[:LONGEST]))[:1] for name in ("begun", "finished"))
    return AbandonmentDefinition(name=begun[0] if begun else "", begun=begun, finished=finished)
