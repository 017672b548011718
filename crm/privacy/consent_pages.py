"""The page of a customer's consents: what stands, everything that was said, and what they tell us now."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.errors import ConsentRefused
from crm.identity.models import UNSHARED_READ, Customer, Identifier
from crm.privacy.access import requires, roles_of, signed_in, visible_or_404
from crm.privacy.consenting import Told, note_by_hand
from crm.privacy.models import Basis, Consent
from crm.privacy.permissions import Permission, permissions
from crm.privacy.purposes import PurposeChange, read_purposes, standing
from crm.privacy.roles import NOTES_CONSENTS, SEES_CUSTOMERS
from crm.profile.portraits import portraits

CHANNELS = [("", "Every channel"), ("email", "E-mail"), ("sms", "Text message"), ("call", "Phone"),
            ("social", "Social"), ("web", "Web")]  # fmt: skip
EVENTS_SHOWN = 100


class ConsentForm(forms.Form):
    """What a customer tells us, and how they did."""

    purpose = forms.ChoiceField(label="What for")
    channel = forms.ChoiceField(label="On", choices=CHANNELS, required=False)
    state = forms.ChoiceField(label="They", choices=[("withdrawn", "take it back"), ("given", "agree")])
    basis = forms.ChoiceField(label="Lawful basis", choices=Basis.choices, initial=Basis.CONSENT)
    evidence = forms.CharField(label="How they told us", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked = standing()
        self.fields["purpose"] = forms.ChoiceField(
            label="What for", choices=[(one.key, one.label) for one in self.asked.purposes]
        )

    def told(self) -> Told:
        found = self.cleaned_data
        return Told(found["purpose"], found["channel"], found["state"] == "given", found["evidence"], found["basis"])


@requires(*SEES_CUSTOMERS)
@require_http_methods(["GET", "POST"])
@never_cache
def consents(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What stands, and every consent event; who works with customers notes what they say."""
    customer = visible_or_404(request, public_id)
    may_note = not NOTES_CONSENTS.isdisjoint(roles_of(request.user))
    form = ConsentForm(request.POST or None) if may_note else None
    if form and form.is_valid():
        note_told(request, customer, form.told())
        return redirect("consents", customer.public_id)
    identifiers = [*Identifier.objects.filter(customer=customer).values_list("pk", flat=True)[:UNSHARED_READ]]
    events = Consent.objects.filter(identifier__in=identifiers).select_related("identifier", "source", "actor")
    shown = list(events.order_by("-occurred_at", "-pk")[: EVENTS_SHOWN + 1])
    context = {
        "customer": customer, "name": portraits([customer.pk])[customer.pk].name, "form": form,
        "standing": permissions(identifiers), "events": with_words(shown[:EVENTS_SHOWN]),
        "has_more": len(shown) > EVENTS_SHOWN,
    }  # fmt: skip
    return render(request, "crm/consent/customer.html", context)


def note_told(request: HttpRequest, customer: Customer, told: Told) -> None:
    """Note it, and say what stands then."""
    try:
        found = note_by_hand(customer, told, signed_in(request))
    except ConsentRefused as refused:
        messages.error(request, f"{refused}.")
        return
    if told.is_given and not stands(found, told):
        messages.warning(
            request,
            "It is noted, and the withdrawal stands all the same: it was said of another of those who were joined, "
            "and only that person can take it back. Split them if they are two people.",
        )
    else:
        messages.success(request, "It is noted, and holds from now on.")


def stands(found: Sequence[Permission], told: Told) -> bool:
    """Whether what was given is allowed."""
    return any(one.is_given for one in found if (one.purpose, one.channel) == (told.purpose, told.channel))


def with_words(events: Sequence[Consent]) -> list[tuple[Consent, str]]:
    """Each event, and the words that were agreed to; empty where they are not known."""
    changes = PurposeChange.objects.in_bulk([one.wording for one in events if one.wording is not None])
    return [(one, words_of(one, changes)) for one in events]


def words_of(event: Consent, changes: dict[int, PurposeChange]) -> str:
    change = changes.get(event.wording or 0)
    purposes = read_purposes(change.content) if change else ()
    return next((one.wording for one in purposes if one.key == event.purpose), "")
