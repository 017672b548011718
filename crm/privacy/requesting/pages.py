"""The pages of the register: all requests, one of them, and entering one."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from crm.errors import ConsentRefused, RequestRefused
from crm.privacy.access import requires, roles_of, signed_in, visible_or_404
from crm.privacy.holding.standing import is_held
from crm.privacy.requesting.handling import LONGEST, close, extend, note_request
from crm.privacy.requesting.models import RightsRequest
from crm.privacy.requesting.objecting import object_for
from crm.privacy.requesting.showing import done_since
from crm.privacy.roles import HANDLES_REQUESTS, OVERSEES
from crm.profile.portraits import portraits
from crm.profile.record import standing_id

SHOWN = 100  # requests of each list
# What each is answered by: (the address's name, what it says).
DOORS = {
    "access": ("export-customer", "Export everything held on them"),
    "erase": ("erase-customer", "Erase them"),
    "rectify": ("traits", "Correct what is known of them"),
    "object": ("consents", "Look at what they allow"),
    "restrict": ("restriction", "Restrict what is done with them"),
}


DONE = {
    "extend": "It has two more months; tell the customer why.",
    "object": "What we did for our own interest, and marketing, is withdrawn. Close the request with a word on it.",
}


class Asked(forms.Form):
    """What a customer asked for."""

    kind = forms.ChoiceField(label="They ask", choices=RightsRequest.Kind.choices)
    received_on = forms.DateField(label="Came in on", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    words = forms.CharField(
        label="In their words", max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


@requires(*OVERSEES)
@require_GET
@never_cache
def rights_requests(request: HttpRequest) -> HttpResponse:
    """What is open, the soonest due first; and what was closed lately."""
    today, every = timezone.localdate(), RightsRequest.objects.select_related("noted_by", "closed_by")
    opened = list(every.filter(state=RightsRequest.State.OPEN).order_by("due_on", "pk")[:SHOWN])
    closed = every.exclude(state=RightsRequest.State.OPEN).order_by("-pk")[:SHOWN]
    context = {"open": [(one, one.is_overdue(today), waits_for_hold(one)) for one in opened], "closed": closed}
    return render(request, "crm/requesting/all.html", context)


def waits_for_hold(one: RightsRequest) -> bool:
    """Whether what they ask waits until a legal hold is lifted."""
    return one.kind == RightsRequest.Kind.ERASE and one.is_open and is_held(one.customer_id)


@requires(*HANDLES_REQUESTS)
@require_http_methods(["GET", "POST"])
@never_cache
def note_rights_request(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Enter what a customer asked for."""
    customer = visible_or_404(request, public_id)
    form = Asked(request.POST or None, initial={"received_on": timezone.localdate()})
    if form.is_valid():
        try:
            made = note_request(customer, user=signed_in(request), **form.cleaned_data)
        except RequestRefused as refused:
            form.add_error("received_on", f"{str(refused).capitalize()}.")
        else:
            messages.success(request, f"It is in the register, due on {made.due_on:%-d %B %Y}.")
            return redirect("rights-request", made.public_id)
    before = RightsRequest.objects.filter(customer_id=customer.pk).order_by("-pk")[:SHOWN]
    name = portraits([customer.pk])[customer.pk].name
    context = {"customer": customer, "name": name, "form": form, "before": before}
    return render(request, "crm/requesting/note.html", context, status=400 if form.errors else 200)


@requires(*OVERSEES, writers=HANDLES_REQUESTS)
@require_http_methods(["GET", "POST"])
@never_cache
def rights_request(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One request: until when, how it is answered, what was done."""
    related = ("noted_by", "closed_by")
    found = get_object_or_404(RightsRequest.objects.select_related(*related), public_id=public_id)
    if request.method == "POST":
        return acted(request, found)
    return render(request, "crm/requesting/one.html", shown(request, found))


def shown(request: HttpRequest, found: RightsRequest) -> dict[str, Any]:
    door, word = DOORS[found.kind]
    return {
        "one": found, "is_overdue": found.is_overdue(timezone.localdate()), "door": door, "word": word,
        "waits_for_hold": waits_for_hold(found), "done_since": done_since(found),
        "whom": standing_id(found.customer_id),
        "may_handle": not HANDLES_REQUESTS.isdisjoint(roles_of(request.user)),
    }  # fmt: skip


def acted(request: HttpRequest, found: RightsRequest) -> HttpResponse:
    """Give it more time, or close it."""
    act, words = request.POST.get("act", ""), request.POST.get("words", "").replace("\0", "")
    try:
        if act == "extend":
            extend(found, words, signed_in(request))
        elif act == "object":
            object_for(found, signed_in(request))
        else:
            close(found, words, signed_in(request), is_done=act == "done")
    except (RequestRefused, ConsentRefused) as refused:
        messages.error(request, f"Nothing was changed: {refused}.")
    else:
        messages.success(request, DONE.get(act, "Closed."))
    return redirect("rights-request", found.public_id)
