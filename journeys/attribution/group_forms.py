"""The form of a rule of channel groups."""

from typing import Any

from django import forms

from journeys.attribution.grouping import ABOUT, AMONG, IS, LISTS, Condition, Rule
from journeys.calls.condition_rows import Asking, ConditionForm, Said

LONGEST_VALUE = 400
MOST_VALUES = 50


def values_of(said: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(word for one in said.split(",") if (word := one.strip()))


def fault_of(said: Said) -> str:
    """What is wrong with a condition."""
    values = values_of(said["value"])
    if not values:
        return "Give a value, such as cpc, or several with commas; * stands for anything."
    if len(values) > MOST_VALUES:
        return f"Give at most {MOST_VALUES} values; make a second rule of the others."
    if said["is"] != AMONG:
        return ""
    if said["fact"] != "source":
        return "Only a source can be one of the sites of a list."
    return "" if set(values) <= set(LISTS) else f"The lists of sites are: {', '.join(LISTS)}."


def words_of(rule: Rule) -> str:
    """The conditions of a rule, as people would say them."""
    said = [f"{ABOUT[one.about]} {IS[one.is_]} {' or '.join(one.values)}" for one in rule.conditions]
    return ", and ".join(said) or "always"


class GroupForm(ConditionForm):
    """A rule: which group which touchpoints are in."""

    asking = Asking(list(ABOUT.items()), list(IS.items()), fault_of)
    group = forms.CharField(
        label="Channel group", max_length=60, help_text="One of those there are, or a new one: its name makes it."
    )

    def __init__(self, *args: Any, rule: Rule | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial = {"group": rule.group if rule else ""}
        conditions = rule.conditions if rule else ()
        self.add_rows([{"fact": one.about, "is": one.is_, "value": ", ".join(one.values)} for one in conditions])

    def field_of(self, part: str) -> forms.Field:
        return forms.CharField(max_length=LONGEST_VALUE) if part == "value" else super().field_of(part)

    @property
    def rule(self) -> Rule:
        """The rule that is filled in."""
        conditions = (Condition(one["fact"], one["is"], values_of(one["value"])) for one in self.conditions)
        return Rule(" ".join(self.cleaned_data["group"].split()), tuple(conditions))
