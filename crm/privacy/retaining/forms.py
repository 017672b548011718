"""What somebody fills in to say how long each kind is kept."""

from collections.abc import Mapping
from typing import Any

from django import forms

from crm.privacy.retaining.rules import Sort, sorts

MOST = {"days": 36_500, "months": 1_200}


class RetentionForm(forms.Form):
    """A number for each kind; an empty field: for ever."""

    def __init__(self, *args: Any, standing: Mapping[str, int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.standing = standing
        for one in sorts():
            self.fields[one.key] = forms.IntegerField(
                label=f"{one.label}: {one.unit} kept", min_value=1, max_value=MOST[one.unit],
                required=bool(one.default), initial=standing[one.key] or None,
                widget=forms.NumberInput({"placeholder": "for ever"}),
                error_messages={"required": "These do not stay for ever: say for how many days."},
            )  # fmt: skip

    def disable(self, is_disabled: bool) -> None:
        """Show what stands, to look at only."""
        for field in self.fields.values():
            field.disabled = is_disabled

    def proposed(self) -> dict[str, int]:
        """The rules as they are filled in."""
        return {one.key: self.cleaned_data.get(one.key) or 0 for one in sorts()}

    def said(self) -> str:
        """What is changed, in words; "" where nothing is."""
        proposed = self.proposed()
        return "; ".join(self.change_of(one, proposed[one.key]) for one in sorts() if self.is_changed(one))[:300]

    def is_changed(self, sort: Sort) -> bool:
        return self.proposed()[sort.key] != self.standing[sort.key]

    def change_of(self, sort: Sort, kept: int) -> str:
        return f"{sort.label}: {sort.words(kept)}, was {sort.words(self.standing[sort.key])}"
