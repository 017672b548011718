"""What an admin fills in about a site's tracking numbers."""

from typing import Any

from django import forms

from crm.identity.normalise import phone
from crm.sources.models import Source
from integrations.errors import BadSetting
from integrations.setting import numbers

MOST = 2_000  # numbers typed at once


class PoolForm(forms.Form):
    """A pool's numbers and how they are held."""

    fallback = forms.CharField(
        max_length=30, label="Number when all are taken", help_text="Your usual number. It says nothing of who calls."
    )
    numbers = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 8}),
        label="Tracking numbers",
        help_text="One to a line. Each is shown to one visitor at a time. One that you take out keeps its history.",
    )
    hold = forms.IntegerField(
        min_value=60,
        max_value=86_400,
        label="Seconds that a number is kept after a visit",
        help_text="For those who dial after they left. Longer links more calls, and takes more numbers.",
    )
    target = forms.FloatField(
        min_value=0.1, max_value=50, label="Per cent of visits that may find none", help_text="1 is usual."
    )

    def __init__(self, *args: Any, source: Source, **options: Any) -> None:
        super().__init__(*args, **options)
        self.source = source

    def clean_fallback(self) -> str:
        found = phone(str(self.cleaned_data["fallback"]), self.source.country)
        if found is None:
            raise forms.ValidationError("This is no phone number; write +44 1632 960200.")
        return found

    def clean_numbers(self) -> list[str]:
        try:
            found = numbers(str(self.cleaned_data["numbers"]), self.source.country)
        except BadSetting as error:
            raise forms.ValidationError(str(error)) from None
        if len(found) > MOST:
            raise forms.ValidationError(f"That is more than {MOST:,} numbers.")
        return found

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("fallback") in (told.get("numbers") or ()):
            self.add_error("numbers", "The number for when all are taken cannot be one of them: it names no visitor.")
        return told
