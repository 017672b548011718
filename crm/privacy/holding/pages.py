"""The page of legal holds on one customer: putting one, lifting it, those before."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.errors import HoldRefused
from crm.identity.models import Customer
from crm.privacy.access import overseen_or_404, requires, roles_of, signed_in
from crm.privacy.holding.acts import LONGEST, lift, put
from crm.privacy.holding.standing import holds_on
from crm.privacy.roles import HOLDS, OVERSEES


class Reason(forms.Form):
    """Why a hold is put, or lifted."""

    reason = forms.CharField(
        label="Why", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why: it stands in the audit log."},
    )  # fmt: skip


@requires(*OVERSEES, writers=HOLDS)
@require_http_methods(["GET", "POST"])
@never_cache
def legal_hold(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Whether a hold stands on a customer; `act` is put or lift."""
    customer = overseen_or_404(request, public_id)
    form = Reason(request.POST or None)
    if form.is_valid():
        return acted(request, customer, form.cleaned_data["reason"])
    return render(request, "crm/holding.html", shown(request, customer, form), status=400 if form.errors else 200)


def acted(request: HttpRequest, customer: Customer, reason: str) -> HttpResponse:
    """Put a hold, or lift it."""
    try:
        if request.POST.get("act") == "lift":
            lift(customer, reason, signed_in(request))
        else:
            put(customer, reason, signed_in(request))
    except HoldRefused as refused:
        messages.error(request, f"Nothing was changed: {refused}.")
    else:
        is_lifted = request.POST.get("act") == "lift"
        messages.success(request, "The hold is lifted." if is_lifted else "Nothing of them goes until it is lifted.")
    return redirect("legal-hold", customer.public_id)


def shown(request: HttpRequest, customer: Customer, form: Reason) -> dict[str, Any]:
    found = list(holds_on(customer.pk))
    return {
        "customer": customer, "form": form, "may_hold": not HOLDS.isdisjoint(roles_of(request.user)),
        "standing": [one for one in found if one.lifted_at is None],
        "before": [one for one in found if one.lifted_at is not None],
    }  # fmt: skip
