"""What an admin fills in to change the rules: each form says which rules it proposes, and what it changes in words."""

from collections.abc import Collection
from typing import Any

from django import forms

from crm.profile.fields import ADMINS_TYPES, FIELD_NAME, FIRST_FIELDS, TYPES, Field, FieldType
from crm.profile.rules import SAID, Rule, Rules
from crm.sources.models import Source
from crm.wording import field_label

PLACES = ("First", "Second", "Third", "Fourth", "Last")
MOST_CHOICES, MOST_FIELDS = 100, 200


class RulesForm(forms.Form):
    """A change of the rules. title: of its page. names: the fields that it concerns; None: all."""

    title = ""
    names: Collection[str] | None = None

    def __init__(self, *args: Any, rules: Rules, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rules = rules

    def proposed(self) -> Rules:
        raise NotImplementedError

    def said(self) -> str:
        raise NotImplementedError


class OrderForm(RulesForm):
    """In which order the rules decide: of one field, or ("") of all that have no order of their own."""

    def __init__(self, *args: Any, rules: Rules, name: str, **options: Any) -> None:
        super().__init__(*args, rules=rules, **options)
        self.name = name
        self.names = {name} if name else None
        self.title = f"What decides: {label_of(rules, name)}" if name else "What decides, by default"
        for number, rule in enumerate(rules.order_of(name)):
            self.fields[f"place{number}"] = forms.ChoiceField(
                label=PLACES[number], choices=[(one.value, SAID[one]) for one in Rule], initial=rule.value
            )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not self.errors and len(set(told.values())) < len(Rule):
            raise forms.ValidationError("Each rule stands once: one of them is chosen twice, another is missing.")
        return told

    @property
    def order(self) -> tuple[Rule, ...]:
        return tuple(Rule(self.cleaned_data[f"place{number}"]) for number in range(len(Rule)))

    def proposed(self) -> Rules:
        return self.rules.with_order(self.name, self.order)

    def said(self) -> str:
        order = " > ".join(SAID[rule] for rule in self.order)
        return f"{label_of(self.rules, self.name) if self.name else 'All fields'}: {order}"


class SourcesForm(RulesForm):
    """Which source ranks above which."""

    title = "Which source ranks above which"

    def __init__(self, *args: Any, rules: Rules, name: str, **options: Any) -> None:
        super().__init__(*args, rules=rules, **options)
        self.sources = list(Source.objects.connected())
        places = [("", "no rank"), *((str(place), str(place)) for place in range(1, len(self.sources) + 1))]
        connected = {source.public_id for source in self.sources}
        ranked = [one for one in rules.sources if one in connected]  # a source that is gone leaves no gap
        for source in sorted(self.sources, key=lambda one: -rules.rank(one.public_id)):
            place = str(ranked.index(source.public_id) + 1) if source.public_id in ranked else ""
            self.fields[source.public_id] = forms.ChoiceField(
                label=source.name, choices=places, required=False, initial=place
            )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        given = [place for place in told.values() if place]
        if len(given) > len(set(given)):
            raise forms.ValidationError("Two sources have one rank: give each its own, or none.")
        return told

    @property
    def ranked(self) -> list[str]:
        """Public ids, the best first."""
        given = {source: int(place) for source, place in self.cleaned_data.items() if place}
        return sorted(given, key=lambda source: given[source])

    def proposed(self) -> Rules:
        return self.rules.with_sources(self.ranked)

    def said(self) -> str:
        names = {source.public_id: source.name for source in self.sources}
        return f"Sources: {' > '.join(names[one] for one in self.ranked) or 'none has a rank'}"


class FieldForm(RulesForm):
    """A field that the admin defines. name: of the one that is there; "": a new one."""

    title = "Define a field"
    name = forms.CharField(
        max_length=60,
        help_text="Exactly as the sources call it, for example loyalty_tier. It cannot change.",
    )
    label = forms.CharField(max_length=60, help_text="What people read, for example Loyalty tier.")
    type = forms.ChoiceField(choices=[(one.value, one.value) for one in ADMINS_TYPES])
    choices = forms.CharField(
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Of the type choice: one to a line.",
    )

    def __init__(self, *args: Any, rules: Rules, name: str, **options: Any) -> None:
        known = rules.fields.get(name)
        given = {"label": known.label, "type": known.type, "choices": "\n".join(known.choices)} if known else {}
        super().__init__(*args, rules=rules, initial={"name": name, **given}, **options)
        self.known = known
        if known:
            self.title = f"The field {known.label}"
            self.fields["name"].disabled = True

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not self.known and (name in self.rules.fields or name in FIRST_FIELDS or name in TYPES):
            raise forms.ValidationError("There is a field of this name already; choose another.")
        if not FIELD_NAME.fullmatch(name) and not self.known:
            raise forms.ValidationError("Begin with a letter; then letters, digits, spaces and _ . $ - may follow.")
        return name

    def clean_choices(self) -> tuple[str, ...]:
        lines = [line.strip() for line in str(self.cleaned_data["choices"]).splitlines()]
        choices = tuple(dict.fromkeys(line for line in lines if line))
        if len(choices) > MOST_CHOICES:
            raise forms.ValidationError(f"These are {len(choices):,} choices; {MOST_CHOICES} is the most.")
        return choices

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("type") == FieldType.CHOICE and not told.get("choices"):
            self.add_error("choices", "Write the choices, one to a line.")
        if not self.known and len(self.rules.fields) >= MOST_FIELDS:
            raise forms.ValidationError(f"There are {MOST_FIELDS} fields already; remove one that nobody needs.")
        self.names = {str(told.get("name"))}
        return told

    @property
    def field(self) -> Field:
        told = self.cleaned_data
        kind = FieldType(told["type"])
        return Field(told["name"], told["label"], kind, told["choices"] if kind == FieldType.CHOICE else ())

    def proposed(self) -> Rules:
        return self.rules.with_field(self.field)

    def said(self) -> str:
        return f"{'Changed' if self.known else 'Defined'} the field {self.field.label}: {self.field.type}"


def label_of(rules: Rules, name: str) -> str:
    """What people read for a field."""
    return rules.fields[name].label if name in rules.fields else field_label(name)
