"""What an admin fills in to connect a source."""

import secrets
from typing import Any

import phonenumbers
from django import forms

from crm.sources.models import Source, default_country, new_secret
from integrations.adapter import Adapter
from integrations.inbox.connecting import secret_hint

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)


class SourceForm(forms.Form):
    """A new source of one provider."""

    name = forms.CharField(max_length=80, help_text="What people will call it, for example web-shop.")
    namespace = forms.CharField(
        max_length=80,
        required=False,
        help_text="Sources of one namespace share their login ids and cookies. Left empty: the source's own.",
    )
    country = forms.CharField(
        max_length=2,
        min_length=2,
        initial=default_country,
        help_text="Two letters: how phone numbers without a country code are read.",
    )
    secret = forms.CharField(max_length=200, required=False)
    is_trusted = forms.BooleanField(
        required=False,
        label="Only our own servers hold its key",
        help_text="Then what it says of who is who counts as verified. Not for keys that browsers or apps carry.",
    )

    def __init__(self, *args: Any, adapter: Adapter, **options: Any) -> None:
        super().__init__(*args, **options)
        self.adapter = adapter
        self.fields["secret"].help_text = secret_hint(adapter.name)
        if adapter.is_trusted:
            del self.fields["is_trusted"]
        if adapter.name == "segment":  # its write key is all that senders show
            del self.fields["secret"]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Source.objects.filter(name=name).exists():
            raise forms.ValidationError("There is a source of this name already; choose another.")
        return name

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if country not in COUNTRIES:
            raise forms.ValidationError("This is no country's code; write GB, DE, US or the like.")
        return country

    def save(self) -> Source:
        """Make the source."""
        told = self.cleaned_data
        return Source.objects.create(
            name=told["name"],
            adapter=self.adapter.name,
            namespace=told["namespace"] or told["name"],
            country=told["country"],
            secret=told.get("secret") or new_secret(),
            is_trusted=self.adapter.is_trusted or bool(told.get("is_trusted")),
            settings={"verify_token": secrets.token_urlsafe(16)} if self.adapter.name == "meta" else {},
        )


class SecretForm(forms.Form):
    """A new secret for a source."""

    secret = forms.CharField(max_length=200, required=False)
