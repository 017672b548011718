"""The form of a segment: rows for a journey, for how often, for traits and for a consent."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from crm.profile.models import RuleChange
from crm.profile.record import coarse_fields
from crm.profile.rules import DEFAULT, read_rules
from journeys.explore.filters import consents
from journeys.segments.definitions import (
    TESTS,
    UNITS,
    BadDefinition,
    Condition,
    Consent,
    Count,
    Definition,
    Journey,
    Trait,
    read,
)
from journeys.segments.steps import WHATS

FOLLOWING, COUNTS, TRAITS = 3, 2, 2  # rows
SECONDS = dict(UNITS)
WHAT = [("", "nothing"), *((name, one.label) for name, one in WHATS.items())]
DID = [("did", "then"), ("not", "but not")]
UNIT = [(unit, f"{unit}s") for unit, _ in reversed(UNITS)]
MATCH = [("all", "all of this is so"), ("any", "any of this is so")]


def choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False)


def words(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=200, required=False)


def number(label: str, initial: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, required=False, initial=initial)


def trait_names() -> list[str]:
    """The fields that a segment may ask: those whose values many people share."""
    last = RuleChange.objects.first()
    return sorted(coarse_fields(read_rules(last.content) if last else DEFAULT))


class SegmentForm(forms.Form):
    """A segment: its name, and what is so of whoever is in it."""

    name = forms.CharField(label="Name", max_length=80)
    match = forms.ChoiceField(label="Customers of whom", choices=MATCH)

    def __init__(self, *args: Any, name: str, definition: Definition | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.add_rows()
        self.initial = {"name": name, "match": "any" if definition and definition.is_any else "all"}
        for one in definition.conditions if definition else ():
            self.initial |= initial_of(one, self.initial)

    def add_rows(self) -> None:
        self.fields |= step_fields("first", "They first") | {"first_days": number("In the last (days)", 30)}
        for n in range(1, FOLLOWING + 1):
            row = f"then{n}"
            self.fields |= {f"{row}_did": choice(f"Step {n + 1}", DID)} | step_fields(row, "they")
            self.fields |= {f"{row}_within": number("Within", 30), f"{row}_unit": choice("Unit", UNIT)}
        for n in range(1, COUNTS + 1):
            row = f"count{n}"
            self.fields |= step_fields(row, "They") | {f"{row}_least": number("At least (times)", 1)}
            self.fields |= {f"{row}_days": number("In the last (days)", 30)}
        names = [("", "nothing"), *((name, name.replace("_", " ")) for name in trait_names())]
        for n in range(1, TRAITS + 1):
            row = f"trait{n}"
            self.fields |= {f"{row}_name": choice("Field", names), f"{row}_test": choice("How", list(TESTS.items()))}
            self.fields |= {f"{row}_value": words("Value")}
        self.fields |= {"consent": choice("Consent", [("", "nothing"), *consents()])}

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        try:
            self.definition = read(content_of(told))
        except BadDefinition as bad:
            self.add_error(None, f"{str(bad)[:1].upper()}{str(bad)[1:]}.")
        return told

    # How it is drawn

    @property
    def groups(self) -> Iterator[tuple[str, str, list[list[BoundField]]]]:
        """(heading, what it is for, rows)."""
        then = [self.row(f"then{n}") for n in range(1, FOLLOWING + 1)]
        yield "A journey", "each step counts from the first", [self.row("first"), *then]
        yield "How often", "", [self.row(f"count{n}") for n in range(1, COUNTS + 1)]
        yield "Who they are", "fields that many people share", [self.row(f"trait{n}") for n in range(1, TRAITS + 1)]
        yield "What they allow", "", [[self["consent"]]]

    def row(self, name: str) -> list[BoundField]:
        return [self[field] for field in self.fields if field.startswith(f"{name}_")]


def step_fields(row: str, label: str) -> dict[str, forms.Field]:
    return {f"{row}_what": choice(label, WHAT), f"{row}_value": words("What")}


def content_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """What is filled in, as a definition's JSON."""
    conditions: list[dict[str, Any]] = []
    if told.get("first_what"):
        then = [then_of(told, f"then{n}") for n in range(1, FOLLOWING + 1) if told.get(f"then{n}_what")]
        conditions.append({"is": "journey", "first": step_of(told, "first"), "days": told.get("first_days"),
                           "then": then})  # fmt: skip
    counts = [f"count{n}" for n in range(1, COUNTS + 1)]
    conditions += [count_of(told, row) for row in counts if told.get(f"{row}_what")]
    traits = [f"trait{n}" for n in range(1, TRAITS + 1)]
    conditions += [trait_of(told, row) for row in traits if told.get(f"{row}_name")]
    if told.get("consent"):
        state, _, purpose = told["consent"].partition(":")
        conditions.append({"is": "consent", "purpose": purpose, "given": state == "given"})
    return {"match": told.get("match"), "conditions": conditions}


def step_of(told: Mapping[str, Any], row: str) -> dict[str, Any]:
    return {"what": told[f"{row}_what"], "value": told.get(f"{row}_value")}


def count_of(told: Mapping[str, Any], row: str) -> dict[str, Any]:
    return {
        "is": "count",
        "step": step_of(told, row),
        "least": told.get(f"{row}_least"),
        "days": told.get(f"{row}_days"),
    }


def trait_of(told: Mapping[str, Any], row: str) -> dict[str, Any]:
    return {"is": "trait"} | {part: told.get(f"{row}_{part}") for part in ("name", "test", "value")}


def then_of(told: Mapping[str, Any], row: str) -> dict[str, Any]:
    seconds = (told.get(f"{row}_within") or 0) * SECONDS.get(told.get(f"{row}_unit") or "", 60)
    return {"did": told.get(f"{row}_did") != "not", "step": step_of(told, row), "within": seconds}


def initial_of(one: Condition, filled: Mapping[str, Any]) -> dict[str, Any]:
    """A condition as the form shows it. filled: what is in the form already."""
    if isinstance(one, Journey):
        return journey_filled(one)
    if isinstance(one, Count):
        row = free("count", COUNTS, "what", filled)
        step = {f"{row}_what": one.step.what, f"{row}_value": one.step.value}
        return {**step, f"{row}_least": one.least, f"{row}_days": one.days}
    if isinstance(one, Trait):
        row = free("trait", TRAITS, "name", filled)
        return {f"{row}_name": one.name, f"{row}_test": one.test, f"{row}_value": one.value}
    return {"consent": f"{'given' if one.is_given else 'refused'}:{one.purpose}"} if isinstance(one, Consent) else {}


def journey_filled(one: Journey) -> dict[str, Any]:
    filled = {"first_what": one.first.what, "first_value": one.first.value, "first_days": one.days}
    for n, then in enumerate(one.then, 1):
        row, seconds = f"then{n}", int(then.within.total_seconds())
        unit = next((unit for unit, size in UNITS if seconds % size == 0), "minute")
        filled |= {
            f"{row}_did": "did" if then.did else "not", f"{row}_what": then.step.what, f"{row}_value": then.step.value,
            f"{row}_within": seconds // SECONDS[unit], f"{row}_unit": unit,
        }  # fmt: skip
    return filled


def free(row: str, count: int, part: str, filled: Mapping[str, Any]) -> str:
    """The first row of a kind that nothing is filled in."""
    return next((f"{row}{n}" for n in range(1, count) if f"{row}{n}_{part}" not in filled), f"{row}{count}")
