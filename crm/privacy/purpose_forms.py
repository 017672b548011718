"""What is filled in to say what consent is asked for."""

import re
from typing import Any

from django import forms

from crm.privacy.purposes import Purpose

MOST_PURPOSES = 30
KEY = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)


class PurposesForm(forms.Form):
    """All the purposes. One without a key is removed; the last, empty one is to add another."""

    def __init__(self, *args: Any, purposes: tuple[Purpose, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        self.standing = purposes
        for number, one in enumerate([*purposes, Purpose("", "", "")]):
            self.fields[f"key_{number}"] = forms.CharField(
                label="Key, as sources send it", required=False, max_length=40, initial=one.key
            )
            self.fields[f"label_{number}"] = forms.CharField(
                label="Name", required=False, max_length=60, initial=one.label
            )
            self.fields[f"days_{number}"] = forms.IntegerField(
                label="Asked for again after (days)", required=False, min_value=0, max_value=36_500,
                initial=one.days or None,
            )  # fmt: skip
            self.fields[f"wording_{number}"] = forms.CharField(
                label="The words that people agree to", required=False, max_length=2_000, initial=one.wording,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip
        self.rows = [self.row(number) for number in range(len(purposes) + 1)]

    def row(self, number: int) -> list[forms.BoundField]:
        return [self[f"{name}_{number}"] for name in ("key", "label", "days", "wording")]

    def clean(self) -> dict[str, Any]:
        told, seen = super().clean() or {}, set[str]()
        for number in range(len(self.rows)):
            key = told.get(f"key_{number}", "").strip().lower()
            if key and not KEY.fullmatch(key):
                self.add_error(f"key_{number}", "Give a word of small letters, digits, - and _, such as marketing.")
            if key and key in seen:
                self.add_error(f"key_{number}", f"“{key}” stands above already.")
            if key and not told.get(f"wording_{number}", "").strip():
                self.add_error(f"wording_{number}", "Give the words that people agree to.")
            seen.add(key)
        if len(self.rows) > MOST_PURPOSES:
            raise forms.ValidationError(f"There may be {MOST_PURPOSES} purposes at most.")
        return told

    def proposed(self) -> tuple[Purpose, ...]:
        """The purposes as they are filled in."""
        told = self.cleaned_data
        keys = {number: told[f"key_{number}"].strip().lower() for number in range(len(self.rows))}
        return tuple(
            Purpose(key, told[f"label_{n}"].strip() or key.capitalize(), told[f"wording_{n}"].strip(),
                    told[f"days_{n}"] or 0)
            for n, key in keys.items() if key
        )  # fmt: skip

    def said(self) -> str:
        """What is changed, in words; empty where nothing is."""
        before = {one.key: one for one in self.standing}
        after = {one.key: one for one in self.proposed()}
        told = [f"added {key}" for key in after.keys() - before.keys()]
        told += [f"removed {key}" for key in before.keys() - after.keys()]
        told += [changes(before[key], after[key]) for key in after.keys() & before.keys() if after[key] != before[key]]
        return "; ".join(sorted(told))[:300]


def changes(before: Purpose, after: Purpose) -> str:
    """What changed of one purpose."""
    if before.wording != after.wording:
        return f"new words for {after.key}"
    return f"changed {after.key}"
