"""What an admin fills in about an endpoint."""

from typing import Any

from django import forms
from django.conf import settings

from crm.errors import AddressRefused, Unreached
from crm.reaching import pinned
from crm.sources.models import Brand
from integrations.webhooks.events import SAID
from integrations.webhooks.models import Endpoint


class EndpointForm(forms.Form):
    """Where an endpoint is, and what it is told of."""

    name = forms.CharField(max_length=80, help_text="What people will call it, for example warehouse.")
    url = forms.CharField(
        max_length=500, label="Address", help_text="Where we POST to; it begins with https.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    events = forms.MultipleChoiceField(
        choices=[(event, f"{said} ({event})") for event, said in SAID.items()],
        widget=forms.CheckboxSelectMultiple,
        label="Tell it when",
        error_messages={"required": "Choose at least one: it would be told of nothing."},
    )
    brand = forms.ModelChoiceField(
        Brand.objects.all(), required=False, empty_label="Common to all only",
        help_text="Whose customers it is told of, beside those who are common to all. Other brands’ it never knows.",
    )  # fmt: skip

    def __init__(self, data: Any, *, endpoint: Endpoint) -> None:
        given = {name: getattr(endpoint, name) for name in ("name", "url", "events", "brand")} if endpoint.pk else {}
        super().__init__(data, initial=given)
        self.endpoint = endpoint
        if not Brand.objects.exists():
            del self.fields["brand"]

    def clean_url(self) -> str:
        """Raises ValidationError for an address that nothing may be sent to."""
        url, networks = str(self.cleaned_data["url"]), tuple(settings.WEBHOOK_NETWORKS)
        if not url.startswith("https://") and not networks:
            raise forms.ValidationError("Nothing can be sent there: the address has to begin with https.")
        try:
            pinned(url, networks, "THROUGHLINE_WEBHOOK_NETWORKS")
        except AddressRefused as error:
            raise forms.ValidationError(f"Nothing can be sent there: {error}.") from None
        except Unreached:
            pass  # a system that is set up later; the test says so until then
        return url

    def filled(self) -> Endpoint:
        """The endpoint as it is filled in."""
        told, brand = self.cleaned_data, self.cleaned_data.get("brand")
        self.endpoint.name, self.endpoint.url, self.endpoint.events = told["name"], told["url"], told["events"]
        self.endpoint.brand = brand.word if brand else ""
        return self.endpoint
