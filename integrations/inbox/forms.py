"""What an admin fills in to connect a source, and to change it."""

import secrets
from typing import Any

import phonenumbers
from django import forms

from crm.identity.kinds import WALL
from crm.sources.models import Brand, Source, default_country, new_secret
from integrations.adapter import Adapter
from integrations.errors import BadSetting
from integrations.inbox.connecting import secret_hint
from integrations.setting import Setting, bounded, typed_as

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
NO_COUNTRY = "This is no country's code; write GB, DE, US or the like."


class SourceFields(forms.Form):
    """What every source has."""

    name = forms.CharField(max_length=80, help_text="What people will call it, for example website.")
    country = forms.CharField(
        max_length=2,
        min_length=2,
        initial=default_country,
        help_text="Two letters: how phone numbers without a country code are read.",
    )
    is_trusted = forms.BooleanField(
        required=False,
        label="Only our own servers hold its key",
        help_text="Then what it says of who is who counts as verified. Not for keys that browsers or apps carry.",
    )

    def __init__(self, *args: Any, adapter: Adapter, source: Source, **options: Any) -> None:
        super().__init__(*args, **options)
        self.adapter, self.source = adapter, source
        if adapter.is_trusted:
            del self.fields["is_trusted"]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Source.objects.filter(name=name).exclude(pk=self.source.pk).exists():
            raise forms.ValidationError("There is a source of this name already; choose another.")
        return name

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if country not in COUNTRIES:
            raise forms.ValidationError(NO_COUNTRY)
        return country


class SourceForm(SourceFields):
    """A new source of one provider."""

    namespace = forms.CharField(
        max_length=80,
        required=False,
        help_text="Sources of one namespace share their login ids and cookies. Left empty: the source's own.",
    )
    brand = forms.ModelChoiceField(
        Brand.objects.all(),
        required=False,
        empty_label="Common to all",
        help_text="Whose customers it tells of. A wall keeps them apart from all others; it stays as it is chosen now.",
    )
    secret = forms.CharField(max_length=200, required=False)
    field_order = ("name", "namespace", "brand", "country", "secret", "is_trusted")

    def __init__(self, *args: Any, adapter: Adapter, **options: Any) -> None:
        super().__init__(*args, adapter=adapter, source=Source(), **options)
        self.fields["secret"].help_text = secret_hint(adapter.name)
        if not Brand.objects.exists():
            del self.fields["brand"]
        if adapter.name == "segment":  # its write key is all that senders show
            del self.fields["secret"]

    def clean_namespace(self) -> str:
        namespace = str(self.cleaned_data["namespace"])
        if WALL in namespace:
            raise forms.ValidationError(f"Leave out the {WALL}: it marks the walls between brands.")
        return namespace

    def save(self) -> Source:
        """Make the source."""
        told = self.cleaned_data
        made = Source(
            name=told["name"],
            adapter=self.adapter.name,
            country=told["country"],
            secret=told.get("secret") or new_secret(),
            is_trusted=self.adapter.is_trusted or bool(told.get("is_trusted")),
            settings={"verify_token": secrets.token_urlsafe(16)} if self.adapter.name == "meta" else {},
        )
        made.settle(told["namespace"], told.get("brand"))
        made.save()
        return made


class SettingsForm(SourceFields):
    """A source that is there: its name and country, and what its adapter lets people set."""

    def __init__(self, *args: Any, adapter: Adapter, source: Source, **options: Any) -> None:
        given = {"name": source.name, "country": source.country, "is_trusted": source.is_trusted}
        super().__init__(*args, adapter=adapter, source=source, initial=given, **options)
        for setting in adapter.settings:
            self.offer(setting, source.settings.get(setting.name))

    def offer(self, setting: Setting, kept: object) -> None:
        """Add the field of a setting; of a secret that is kept only a way to replace it and one to forget it."""
        hint = f"{setting.help} It is set: left empty, it stays." if setting.is_secret and kept else setting.help
        widget = forms.Textarea(attrs={"rows": setting.lines}) if setting.lines > 1 else forms.TextInput()
        widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        self.fields[setting.name] = forms.CharField(
            required=False,
            label=setting.label,
            help_text=hint,
            widget=widget,
            initial="" if setting.is_secret else typed_as(kept),
        )
        if setting.is_secret and kept:
            self.fields[f"forget_{setting.name}"] = forms.BooleanField(
                required=False, label=f"Forget the {setting.label.lower()} that is set"
            )

    def clean(self) -> dict[str, Any]:
        """Read each setting as its adapter does; a wrong one is said where it was typed."""
        told = super().clean() or {}
        country = str(told.get("country", default_country()))
        for setting in self.adapter.settings:
            try:
                told[setting.name] = setting.read(bounded(setting.name, str(told.get(setting.name, ""))), country)
            except BadSetting as error:
                self.add_error(setting.name, str(error))
        return told

    def save(self) -> Source:
        """Change the source. What its adapter does not offer here stays as it is."""
        told, changed = self.cleaned_data, self.source
        changed.name, changed.country = told["name"], told["country"]
        changed.is_trusted = self.adapter.is_trusted or bool(told.get("is_trusted"))
        for setting in self.adapter.settings:
            if told[setting.name]:
                changed.settings[setting.name] = told[setting.name]
            elif not setting.is_secret or told.get(f"forget_{setting.name}"):
                changed.settings.pop(setting.name, None)
        changed.save(update_fields=["name", "country", "is_trusted", "settings"])
        return changed


class SecretForm(forms.Form):
    """A new secret for a source."""

    secret = forms.CharField(max_length=200, required=False)
