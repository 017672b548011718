"""What an admin fills in about a destination."""

import re
from datetime import datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone

from crm.errors import AddressRefused, Unreached
from crm.privacy.purposes import standing
from crm.reaching import pinned
from crm.sources.models import Brand
from integrations.uploads.models import Destination
from integrations.uploads.parcels import Field, Vendor
from journeys.attribution.models import Conversion, ConversionDefinition

PLAIN = ("name", "purpose", "by_orders", "base")
ACTION = re.compile(r"\A[A-Za-z0-9_]{1,40}\Z")
EVERY = [("click", "Those that a click of theirs led to"), ("all", "All of them, found by e-mail, phone or browser")]
HASHED = (
    "With all of them, hashed e-mail addresses and phone numbers go along: Google refuses them unless the account has "
    "accepted its terms of enhanced conversions for leads."
)
AGREED = (
    "Only customers are told of whose newest word on it is a yes: on the web, or everywhere. Purposes and their words "
    "are set under Privacy, Consent."
)
TYPED = {"autocomplete": "off", "spellcheck": "false"}


def counted() -> list[tuple[str, str]]:
    """(key, name) of whatever can be told of: definitions, and what staff note in calls."""
    defined = ConversionDefinition.objects.filter(is_active=True).values_list("pk", "name")
    by_staff = [(kind.value, f"{kind.label}, noted by staff") for kind in Conversion.Kind if kind.value != "defined"]
    return [*((str(pk), name) for pk, name in defined), *by_staff]


class DestinationForm(forms.Form):
    """An account with a vendor: how it is reached, whom it is told of, and what each conversion is called there."""

    name = forms.CharField(max_length=80, help_text="What people will call it, for example Google Ads UK.")
    which = forms.ChoiceField(label="Conversions", choices=EVERY)
    by_orders = forms.BooleanField(
        required=False, label="Known by the order’s own number",
        help_text="So that it counts once with what your site’s own tag told of the order. Else by a number of ours.",
    )  # fmt: skip
    since = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Conversions before are not told.",
    )
    brand = forms.ModelChoiceField(
        Brand.objects.all(), required=False, empty_label="Common to all only",
        help_text="Whose customers it is told of, beside those who are common to all.",
    )  # fmt: skip
    base = forms.CharField(
        max_length=200, required=False, label="Another address", widget=forms.TextInput(attrs=TYPED),
        help_text="Where a server of your own stands in for the vendor’s; empty: the vendor’s.",
    )  # fmt: skip

    def __init__(self, data: Any, *, destination: Destination, vendor: Vendor) -> None:
        super().__init__(data, initial=initial(destination))
        self.destination, self.vendor = destination, vendor
        self.fields["purpose"] = forms.ChoiceField(
            choices=[(one.key, one.label) for one in standing().purposes], help_text=AGREED
        )
        if vendor.click_is_enough:
            self.fields["which"].help_text = HASHED
        if not Brand.objects.exists():
            del self.fields["brand"]
        if not settings.WEBHOOK_NETWORKS:
            del self.fields["base"]
        self.add_account()
        self.add_actions()

    def add_account(self) -> None:
        """What the vendor asks for. A secret that is there is never shown; left empty, it stays."""
        for name, asked in self.vendor.fields.items():
            is_kept = name in self.vendor.secrets and bool(self.destination.settings.get(name))
            self.fields[f"account_{name}"] = account_field(
                asked, is_required=name not in self.vendor.optional and not is_kept,
                is_secret=name in self.vendor.secrets, is_kept=is_kept,
            )  # fmt: skip

    def add_actions(self) -> None:
        self.rows: list[tuple[str, list[str]]] = []
        for key, name in counted():
            names = [f"action_{key}"] + ([f"call_{key}"] if self.vendor.has_calls else [])
            one = "Action" if self.vendor.is_retold else "Event"
            labels = ["By click", "By call"] if self.vendor.has_calls else [one]
            for field, label in zip(names, labels, strict=True):
                self.fields[field] = forms.RegexField(
                    ACTION, required=False, label=label, max_length=40,
                    error_messages={"invalid": "Give letters, digits and _ only, as it is called there."},
                )  # fmt: skip
            self.rows.append((name, names))

    @property
    def actions(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(name, [self[field] for field in fields]) for name, fields in self.rows]

    @property
    def account(self) -> list[forms.BoundField]:
        return [self[f"account_{name}"] for name in self.vendor.fields]

    @property
    def rules(self) -> list[forms.BoundField]:
        names = ("name", "purpose", "which", "by_orders", "since", "brand", "base")
        return [self[name] for name in names if name in self.fields]

    def clean_base(self) -> str:
        """Raises ValidationError for an address that nothing may be sent to."""
        url = str(self.cleaned_data["base"]).rstrip("/")
        try:
            if url:
                pinned(url, tuple(settings.WEBHOOK_NETWORKS), "THROUGHLINE_WEBHOOK_NETWORKS")
        except AddressRefused as error:
            raise forms.ValidationError(f"Nothing can be sent there: {error}.") from None
        except Unreached:
            pass  # a server that is set up later
        return url

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not any(told.get(field) for _, fields in self.rows for field in fields) and not self.errors:
            raise forms.ValidationError("Say for one conversion at least what it is called there.")
        return told

    def filled(self) -> Destination:
        """The destination as it is filled in."""
        one, told, brand = self.destination, self.cleaned_data, self.cleaned_data.get("brand")
        one.vendor = self.vendor.key
        for name in PLAIN:
            setattr(one, name, told.get(name, getattr(one, name)))
        one.is_by_click, one.brand = told["which"] == "click", brand.word if brand else ""
        one.since = timezone.make_aware(datetime.combine(told["since"], time()))
        kept = one.settings
        one.settings = {
            name: told[f"account_{name}"] or kept_secret(self.vendor, kept, name) for name in self.vendor.fields
        }
        one.actions = {key: told[f"action_{key}"] for key, _ in counted() if told.get(f"action_{key}")}
        one.calls = {key: told[f"call_{key}"] for key, _ in counted() if told.get(f"call_{key}")}
        return one


def initial(destination: Destination) -> dict[str, Any]:
    since = destination.since or timezone.now()
    found = {name: getattr(destination, name) for name in PLAIN} if destination.pk else {}
    found |= {"which": "click" if destination.is_by_click else "all", "since": timezone.localtime(since).date()}
    found |= {"brand": destination.brand or None}
    found |= {f"account_{name}": one for name, one in destination.settings.items()}
    found |= {f"action_{key}": one for key, one in destination.actions.items()}
    return found | {f"call_{key}": one for key, one in destination.calls.items()}


def account_field(asked: Field, *, is_required: bool, is_secret: bool, is_kept: bool) -> forms.Field:
    hint = f"{asked.help} It is set; leave it empty to keep it." if is_kept else asked.help
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"}) if is_secret else forms.TextInput(attrs=TYPED)
    return forms.RegexField(
        rf"\A(?:{asked.pattern})\Z", label=asked.label, required=is_required, max_length=500, help_text=hint,
        widget=widget, error_messages={"invalid": "That is not what it looks like; copy it from there again."},
    )  # fmt: skip


def kept_secret(vendor: Vendor, kept: dict[str, str], name: str) -> str:
    return kept.get(name, "") if name in vendor.secrets else ""
