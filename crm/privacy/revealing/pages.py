"""The page on which somebody says why they need to know who a customer is, and the end of it."""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.errors import RevealRefused
from crm.privacy.access import followed_or_404, requires, signed_in
from crm.privacy.masking import pseudonym
from crm.privacy.revealing.acts import OPEN_FOR, hide, reveal
from crm.privacy.roles import SEES_CUSTOMERS
from crm.returning import back

everyone = requires(*SEES_CUSTOMERS)


class RevealForm(forms.Form):
    """Why somebody needs to know. next: the page of ours that they came from."""

    reason = forms.CharField(
        label="What you need it for", max_length=500, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True})
    )


@everyone
@require_http_methods(["GET", "POST"])
@never_cache
def reveal_customer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Say why, and see who it is for some minutes."""
    customer = followed_or_404(request.user, identifiers__origin__public_id=public_id)
    form = RevealForm(request.POST or None)
    if form.is_valid():
        try:
            until = reveal(customer, signed_in(request), form.cleaned_data["reason"])
        except RevealRefused as refused:
            form.add_error("reason", f"{refused}.")
        else:
            messages.success(
                request, f"Open to you until {localtime(until):%H:%M}. That, and why, is in the audit log."
            )
            return back(request, reverse("customer", args=[customer.public_id]))
    context = {
        "customer": customer, "name": pseudonym(customer.public_id), "form": form,
        "minutes": OPEN_FOR.seconds // 60, "next": request.POST.get("next") or request.GET.get("next", ""),
    }  # fmt: skip
    return render(request, "crm/revealing/reveal.html", context)


@everyone
@require_POST
def hide_customer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Be done with it before it ends by itself."""
    customer = followed_or_404(request.user, identifiers__origin__public_id=public_id)
    hide(customer, signed_in(request))
    messages.success(request, "Hidden again.")
    return redirect("customer", customer.public_id)
