"""Conditions as they are filled in: a row of fact, test and value for each, shared by every form of rules."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

Said = Mapping[str, str]
LEAST = 4  # rows
LABELS = {
    "fact": "Condition {}",
    "is": "How, of condition {}",
    "about": "About, of condition {}",
    "value": "Value, of condition {}",
}
PLACEHOLDERS = {"about": "about what", "value": "value"}


@dataclass(frozen=True, slots=True)
class Asking:
    """What conditions may ask. facts, tests: (name, how it reads); parts: of a row; fault: what is wrong, or ""."""

    facts: Sequence[tuple[str, str]]
    tests: Sequence[tuple[str, str]]
    fault: Callable[[Said], str]
    parts: tuple[str, ...] = ("fact", "is", "value")


class ConditionForm(forms.Form):
    """A form whose last fields are rows of conditions; one more row than stand, so that none is lost."""

    asking: Asking

    def add_rows(self, conditions: Sequence[Any]) -> None:
        """Make the rows, filled with the conditions that stand."""
        standing = [one for one in conditions if isinstance(one, dict)]
        self.count = max(LEAST, len(standing) + 1)
        for number, one in enumerate([*standing, *({} for _ in range(self.count - len(standing)))], 1):
            for part in self.asking.parts:
                field = self.field_of(part)
                field.label, field.required = LABELS[part].format(number), False
                if part in PLACEHOLDERS:
                    field.widget.attrs["placeholder"] = PLACEHOLDERS[part]
                self.fields[f"{part}{number}"] = field
                self.initial[f"{part}{number}"] = str(one.get(part, self.asking.tests[0][0] if part == "is" else ""))

    def field_of(self, part: str) -> forms.Field:
        if part == "fact":
            return forms.ChoiceField(choices=[("", "no condition"), *self.asking.facts])
        if part == "is":
            return forms.ChoiceField(choices=self.asking.tests)
        return forms.CharField(max_length=60)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        for number in range(1, self.count + 1):
            said = {part: told.get(f"{part}{number}", "") for part in self.asking.parts}
            if said["fact"] and (fault := self.asking.fault(said)):
                self.add_error(f"value{number}", fault)
        return told

    @property
    def conditions(self) -> list[dict[str, str]]:
        """The conditions that are filled in."""
        rows = [
            {part: self.cleaned_data[f"{part}{number}"].strip() for part in self.asking.parts}
            for number in range(1, self.count + 1)
        ]
        return [fit(row) for row in rows if row["fact"]]

    # How it is drawn

    @property
    def plain(self) -> list[BoundField]:
        """The fields before the rows."""
        return [field for name, field in zip(self.fields, self, strict=True) if name not in self.names_of_rows]

    @property
    def names_of_rows(self) -> frozenset[str]:
        return frozenset(f"{part}{number}" for part in self.asking.parts for number in range(1, self.count + 1))

    @property
    def rows(self) -> Iterator[list[BoundField]]:
        for number in range(1, self.count + 1):
            yield [self[f"{part}{number}"] for part in self.asking.parts]


def fit(row: dict[str, str]) -> dict[str, str]:
    """A condition as it is kept: about something only where it is said what."""
    return {part: value for part, value in row.items() if part != "about" or value}
