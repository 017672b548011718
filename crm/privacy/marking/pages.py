"""The page of one kind of mark on one customer: putting one, lifting it, those before."""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from crm.errors import ThroughlineError
from crm.identity.models import Customer
from crm.privacy.access import overseen_or_404, roles_of, signed_in
from crm.privacy.marking.acts import LONGEST, marks_on
from crm.privacy.marking.models import Mark


class Reason(forms.Form):
    """Why a mark is put, or lifted."""

    reason = forms.CharField(
        label="Why", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why: it stands in the audit log."},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ways:
    """What is done with a kind of mark, by which roles, and what is said of it. address: the name of its page's."""

    kind: type[Mark]
    put: Callable[[Customer, str, User], object]
    lift: Callable[[Customer, str, User], object]
    writers: Collection[str]
    address: str
    template: str
    is_put: str
    is_lifted: str


def mark_page(request: HttpRequest, public_id: uuid.UUID, ways: Ways) -> HttpResponse:
    """Whether a mark stands on a customer; `act` is put or lift."""
    customer = overseen_or_404(request, public_id)
    form = Reason(request.POST or None)
    if form.is_valid():
        return acted(request, customer, form.cleaned_data["reason"], ways)
    context = shown(request, customer, form, ways)
    return render(request, ways.template, context, status=400 if form.errors else 200)


def acted(request: HttpRequest, customer: Customer, reason: str, ways: Ways) -> HttpResponse:
    """Put a mark, or lift it."""
    is_lifted = request.POST.get("act") == "lift"
    try:
        (ways.lift if is_lifted else ways.put)(customer, reason, signed_in(request))
    except ThroughlineError as refused:
        messages.error(request, f"Nothing was changed: {refused}.")
    else:
        messages.success(request, ways.is_lifted if is_lifted else ways.is_put)
    return redirect(ways.address, customer.public_id)


def shown(request: HttpRequest, customer: Customer, form: Reason, ways: Ways) -> dict[str, Any]:
    found = list(marks_on(ways.kind, customer.pk))
    return {
        "customer": customer, "form": form, "may_mark": not roles_of(request.user).isdisjoint(ways.writers),
        "standing": [one for one in found if one.lifted_at is None],
        "before": [one for one in found if one.lifted_at is not None],
    }  # fmt: skip
