"""The page of restrictions on one customer: restricting what is done with them, lifting it, those before."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.errors import RestrictionRefused
from crm.identity.models import Customer
from crm.privacy.access import overseen_or_404, requires, roles_of, signed_in
from crm.privacy.restricting.acts import LONGEST, lift, restrict
from crm.privacy.restricting.standing import restrictions_on
from crm.privacy.roles import HANDLES_REQUESTS, OVERSEES


class Reason(forms.Form):
    """Why it is restricted, or no more."""

    reason = forms.CharField(
        label="Why", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why: it stands in the audit log."},
    )  # fmt: skip


@requires(*OVERSEES, writers=HANDLES_REQUESTS)
@require_http_methods(["GET", "POST"])
@never_cache
def restriction(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Whether the processing of a customer is restricted; `act` is put or lift."""
    customer = overseen_or_404(request, public_id)
    form = Reason(request.POST or None)
    if form.is_valid():
        return acted(request, customer, form.cleaned_data["reason"])
    context = shown(request, customer, form)
    return render(request, "crm/restriction.html", context, status=400 if form.errors else 200)


def acted(request: HttpRequest, customer: Customer, reason: str) -> HttpResponse:
    """Restrict it, or lift that."""
    is_lifted = request.POST.get("act") == "lift"
    try:
        (lift if is_lifted else restrict)(customer, reason, signed_in(request))
    except RestrictionRefused as refused:
        messages.error(request, f"Nothing was changed: {refused}.")
    else:
        messages.success(request, "It is lifted." if is_lifted else "It is restricted until that is lifted.")
    return redirect("restriction", customer.public_id)


def shown(request: HttpRequest, customer: Customer, form: Reason) -> dict[str, Any]:
    found = list(restrictions_on(customer.pk))
    return {
        "customer": customer, "form": form, "may_restrict": not HANDLES_REQUESTS.isdisjoint(roles_of(request.user)),
        "standing": [one for one in found if one.lifted_at is None],
        "before": [one for one in found if one.lifted_at is not None],
    }  # fmt: skip
