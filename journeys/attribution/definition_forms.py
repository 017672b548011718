"""The form of what counts as a conversion."""

from collections.abc import Iterable
from typing import Any

from django import forms

from journeys.attribution.group_forms import values_of
from journeys.attribution.judging import AT_LEAST, AT_MOST, FACTS, OF_ITSELF, TESTS, number
from journeys.attribution.models import ConversionDefinition
from journeys.calls.condition_rows import Asking, ConditionForm, Said
from journeys.interactions.models import CHANNELS

LISTS = ("events", "refunds", "cancels")
PLAIN = ("name", "channel", "value_field", "fixed", "currency", "once", "order_field", "days", "lookback",
         "is_by_phone", "stage", "is_active")  # fmt: skip
MOST_NAMES = 20


def fault_of(said: Said) -> str:
    """What is wrong with a condition."""
    if not said["value"].strip() and said["is"] not in OF_ITSELF:
        return "Give a value, or several with commas; * stands for anything."
    if (said["fact"] == "property") != bool(said["about"].strip()):
        return "Only a property has a name, and it has to have one."
    if said["is"] in (AT_LEAST, AT_MOST) and number(said["value"].strip()) is None:
        return "Give a number."
    return ""


def words_of(conditions: Iterable[Said]) -> str:
    """Conditions, as people would say them."""
    return ", and ".join(
        " ".join(
            filter(
                None,
                (one.get("about") or FACTS[one["fact"]].partition(" (")[0].lower(), TESTS[one["is"]], one["value"]),
            )
        )
        for one in conditions
    )


class Names(forms.CharField):
    """Names with commas, as a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return list(values_of(super().to_python(value) or ""))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > MOST_NAMES:
            raise forms.ValidationError(f"Give at most {MOST_NAMES}; * stands for anything.")


class DefinitionForm(ConditionForm):
    """What counts, what it is worth, and how often."""

    asking = Asking(list(FACTS.items()), list(TESTS.items()), fault_of, ("fact", "about", "is", "value"))
    name = forms.CharField(label="Name", max_length=80)
    channel = forms.ChoiceField(label="Channel", choices=CHANNELS)
    events = Names(
        label="Events", max_length=400,
        help_text="Such as Order Completed, or the kind of a web hit (page) or of a contact (call, email, message)."
                  " Several with commas; * stands for anything.",
    )  # fmt: skip
    value_field = forms.CharField(
        label="Value from", max_length=60, required=False,
        help_text="The field that says what it was worth; value is what a shop reports. Empty: the same each time.",
    )  # fmt: skip
    fixed = forms.DecimalField(label="Worth each time", max_digits=12, decimal_places=2, min_value=0, required=False)
    currency = forms.RegexField(
        r"^[A-Z]{3}$", label="Currency", help_text="Where the event says none, such as GBP.",
        error_messages={"invalid": "Give three capital letters, such as GBP."},
    )  # fmt: skip
    once = forms.ChoiceField(label="Count", choices=ConversionDefinition.Once)
    order_field = forms.CharField(
        label="Order’s number from", max_length=60, required=False, help_text="By it, refunds are told apart."
    )
    days = forms.IntegerField(label="Days, once for each customer", min_value=1, max_value=3650)
    lookback = forms.IntegerField(
        label="Lookback window (days)", min_value=1, max_value=365,
        help_text="A touchpoint longer before it earns no credit.",
    )  # fmt: skip
    refunds = Names(
        label="Refunds", max_length=400, required=False,
        help_text="Events that give money back: their value counts as negative.",
    )  # fmt: skip
    cancels = Names(
        label="Cancellations", max_length=400, required=False,
        help_text="Events after which the order of the same number does not count.",
    )  # fmt: skip
    is_by_phone = forms.BooleanField(
        label="Agreed on the phone", required=False,
        help_text="Reports tell it apart like what was agreed in a call, whichever system says so.",
    )  # fmt: skip
    stage = forms.ChoiceField(
        label="Stage of a journey", choices=ConversionDefinition.Stage, required=False,
        help_text="W-shaped attribution credits what brought the first of each. Reports count it only where they are"
                  " asked for it by name.",
    )  # fmt: skip
    is_active = forms.BooleanField(label="It counts", required=False)

    def __init__(self, *args: Any, definition: ConversionDefinition, **options: Any) -> None:
        super().__init__(*args, **options)
        self.definition = definition
        self.initial = {name: getattr(definition, name) for name in (*PLAIN, *LISTS)}
        self.add_rows(definition.conditions)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if ConversionDefinition.objects.filter(name__iexact=name).exclude(pk=self.definition.pk).exists():
            raise forms.ValidationError("There is one of that name; change that one, or give another name.")
        return name

    def clean_fixed(self) -> Any:
        return self.cleaned_data["fixed"] or 0

    def fill(self) -> ConversionDefinition:
        """The definition as it is filled in."""
        for name in (*PLAIN, *LISTS):
            setattr(self.definition, name, self.cleaned_data[name])
        self.definition.conditions = self.conditions
        return self.definition
