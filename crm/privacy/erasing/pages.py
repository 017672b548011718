"""The pages of erasures: all of them, one with its certificate, and asking for one."""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from crm.asked import number_of, older
from crm.errors import ErasureRefused
from crm.identity.models import Identifier
from crm.privacy.access import requires, roles_of, signed_in, visible_or_404
from crm.privacy.erasing.asking import LONGEST, answer, ask, asked_already
from crm.privacy.erasing.carrying import carry_on, waits_for_hold
from crm.privacy.erasing.certifying import certificate, lines_of
from crm.privacy.erasing.models import Erasure
from crm.privacy.erasing.walking import share_done
from crm.privacy.holding.standing import is_held
from crm.privacy.roles import ERASES, OVERSEES
from crm.profile.portraits import portraits
from crm.profile.record import standing_id

AT_ONCE = 1.0  # seconds that a request works on an erasure itself; the sweep does the rest
SHOWN = 50  # erasures of one page
RELATED = ("asked_by", "checked_by")
overseers = requires(*OVERSEES)


class Reason(forms.Form):
    """Why somebody is to be erased."""

    reason = forms.CharField(
        label="Why", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why: the second person decides by it, and it is erased with them."},
    )  # fmt: skip


@overseers
@require_GET
@never_cache
def erasures(request: HttpRequest) -> HttpResponse:
    """Whom somebody asked to erase, newest first: what waits for a second person, what is under way, what is done."""
    before = number_of(request.GET.get("before", ""))
    page, following = older(Erasure.objects.filter(is_aged=False).select_related(*RELATED), before, SHOWN)
    return render(
        request, "crm/erasing/all.html", {"erasures": page, "next": following, "is_later": before is not None}
    )


@requires(*ERASES)
@require_http_methods(["GET", "POST"])
@never_cache
def erase_customer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask that a customer be erased; nothing happens until somebody else says yes."""
    customer = visible_or_404(request, public_id)
    if (before := asked_already(customer)) is not None:
        return redirect("erasure", before.public_id)
    form = Reason(request.POST or None)
    if form.is_valid():
        try:
            made = ask(customer, signed_in(request), form.cleaned_data["reason"])
        except ErasureRefused as refused:
            messages.error(request, f"Nothing was asked: {refused}.")
            return redirect("erase-customer", customer.public_id)
        messages.success(request, "It is asked for. Somebody else has to say yes; nothing is erased until then.")
        return redirect("erasure", made.public_id)
    named = Identifier.objects.filter(customer=customer).count()
    context = {
        "customer": customer,
        "name": portraits([customer.pk])[customer.pk].name,
        "form": form,
        "named": named,
        "is_held": is_held(customer.pk),
    }
    return render(request, "crm/erasing/ask.html", context, status=400 if form.errors else 200)


@requires(*OVERSEES, writers=ERASES)
@require_http_methods(["GET", "POST"])
@never_cache
def erasure(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One erasure: the question, how far it is, its certificate."""
    found = get_object_or_404(Erasure.objects.select_related(*RELATED), public_id=public_id)
    if request.method == "POST":
        return answered(request, found)
    context = {
        "erasure": found,
        "share": share_done(found),
        "lines": lines_of(found),
        "notices": found.notices.all(),
        "may_answer": may_answer(request),
        "waits_for_hold": waits_for_hold(found),
    }
    if request.headers.get("HX-Request") and found.is_under_way:
        return render(request, "crm/erasing/parts/progress.html", context)
    page = render(request, "crm/erasing/one.html", context | {"whom": whom(found)})
    if request.headers.get("HX-Request"):
        page.headers["HX-Refresh"] = "true"  # the stage is over: the page shows another one
    return page


def may_answer(request: HttpRequest) -> bool:
    return not ERASES.isdisjoint(roles_of(request.user))


def whom(found: Erasure) -> uuid.UUID | None:
    """The customer's id, while they are there."""
    if found.state in (Erasure.State.ASKED, Erasure.State.REFUSED) or waits_for_hold(found):
        return standing_id(found.customer_id)
    return None


def answered(request: HttpRequest, found: Erasure) -> HttpResponse:
    """Say yes to it, or no."""
    is_yes = request.POST.get("act") == "yes"
    try:
        answer(found, signed_in(request), is_yes=is_yes)
    except ErasureRefused as refused:
        messages.error(request, f"Nothing was changed: {refused}.")
    else:
        if is_yes:
            carry_on(AT_ONCE, found)
        messages.success(request, said_of(found, is_yes=is_yes))
    return redirect("erasure", found.public_id)


def said_of(found: Erasure, *, is_yes: bool) -> str:
    """What an answer led to, in words."""
    if not is_yes:
        return "Refused: nobody is erased."
    if waits_for_hold(found):
        return "It waits: a legal hold stands on them. It begins by itself once that is lifted."
    return "It has begun, and goes on by itself."


@overseers
@require_GET
@never_cache
def erasure_certificate(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The certificate, as a file."""
    found = get_object_or_404(Erasure.objects.select_related(*RELATED), public_id=public_id)
    told = {"Content-Disposition": f'attachment; filename="erasure-{found.public_id}.json"'}
    return JsonResponse(certificate(found), headers=told, json_dumps_params={"indent": 2})
