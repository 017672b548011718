"""What an agent fills in: a note with what follows from it, and how a call is wrapped up."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from crm.privacy.roles import WORKS
from journeys.attribution.converting import Worth
from journeys.work.deeds import LONGEST
from journeys.work.models import LONGEST_SUBJECT, WrapChoice

CURRENCIES = {"GB": "GBP", "US": "USD", "CH": "CHF", "CA": "CAD", "AU": "AUD"}
ISO_4217 = re.compile(r"[A-Z]{3}")
END_OF_DAY = time(17, 0)


class Day(forms.DateInput):
    input_type = "date"


class Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def line(label: str, most: int, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=most, **options)


class WorkForm(forms.Form):
    """A note, and what is to follow: a task, a promise, a case. Everything is optional; something has to be there."""

    note = line("Note", LONGEST, widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Note, @mention a colleague"}))
    is_delicate = forms.BooleanField(label="Not to be mentioned to the customer", required=False)
    task = line("What to do", LONGEST_SUBJECT)
    due = forms.DateTimeField(label="By when", required=False, widget=Moment())
    owner = forms.ModelChoiceField(User.objects.none(), label="Who", required=False, empty_label="Anybody")
    promise = line("What we promise", LONGEST_SUBJECT)
    until = forms.DateField(label="Until", required=False, widget=Day())
    case = line("Subject", LONGEST_SUBJECT)
    order = line("Order number", 120)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        owner: Any = self.fields["owner"]
        owner.queryset = colleagues()

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        self.need("task", "due", "say by when it is to be done")
        self.need("promise", "until", "say until when it is promised")
        return told

    def need(self, one: str, other: str, remedy: str) -> None:
        if self.cleaned_data.get(one) and not self.cleaned_data.get(other) and other not in self.errors:
            self.add_error(other, remedy[:1].upper() + remedy[1:] + ".")

    def clean_until(self) -> datetime | None:
        day: date | None = self.cleaned_data["until"]
        return timezone.make_aware(datetime.combine(day, END_OF_DAY)) if day else None

    @property
    def is_empty(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("note", "task", "promise", "case"))


class WrapForm(WorkForm):
    """A call's end: why they rang, what became of it, and what it was worth."""

    reason = forms.ChoiceField(label="Why they rang")
    outcome = forms.ChoiceField(label="What became of it")
    value = forms.DecimalField(
        label="Value", required=False, min_value=Decimal("0.01"), max_digits=12, decimal_places=2
    )
    currency = forms.CharField(label="Currency", required=False, max_length=3)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.offered = list(WrapChoice.objects.filter(is_offered=True))
        for name in (WrapChoice.Kind.REASON, WrapChoice.Kind.OUTCOME):
            field: Any = self.fields[name.value]
            field.choices = [("", "Choose …"), *((one.word, one.label) for one in self.offered if one.kind == name)]
        self.fields["currency"].initial = CURRENCIES.get(settings.COUNTRY, "EUR")

    def clean_currency(self) -> str:
        written = str(self.cleaned_data["currency"]).strip().upper()
        if written and not ISO_4217.fullmatch(written):
            raise forms.ValidationError("Give the currency by its three letters, such as GBP.")
        return written

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        is_sale = any(one.is_sale and one.word == told.get("outcome") for one in self.offered)
        if is_sale and not told.get("value") and "value" not in self.errors:
            self.add_error("value", "Say what it was sold for.")
        self.need("value", "currency", "give the currency of the value")
        return told

    @property
    def worth(self) -> Worth | None:
        """What the call was worth, where it was."""
        told = self.cleaned_data
        return Worth(told["value"], told["currency"], told["order"].strip()) if told.get("value") else None


def colleagues() -> Any:
    """Those who may be given something to do."""
    may = User.objects.filter(Q(groups__name__in=WORKS) | Q(is_superuser=True), is_active=True)
    return may.distinct().order_by("first_name", "username")


def faults(form: forms.Form) -> Sequence[str]:
    """What is wrong, each in a sentence that names the field."""
    return [
        f"{form.fields[name].label if name in form.fields else ''}: {said[0]}" for name, said in form.errors.items()
    ]
