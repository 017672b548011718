"""The pages of exports: all of them, one with its check and its file, and asking for one."""

import uuid

from django import forms
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from crm.asked import number_of, older
from crm.errors import ExportRefused
from crm.identity.models import Customer
from crm.privacy.access import requires, roles_of, signed_in, visible_or_404
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.erasing.certifying import lines_of_counts
from crm.privacy.exporting.asking import LONGEST, answer, ask, asked_already, kept_for, said
from crm.privacy.exporting.models import Export
from crm.privacy.roles import EXPORTS, OVERSEES
from crm.profile.portraits import portraits
from crm.profile.record import standing_id

SHOWN = 50  # exports of one page
RELATED = ("asked_by", "checked_by")
overseers = requires(*OVERSEES)


class Reason(forms.Form):
    """Why somebody's data is wanted."""

    reason = forms.CharField(
        label="Why", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why: the second person checks it by this, such as the request and its date."},
    )  # fmt: skip


@overseers
@require_GET
@never_cache
def exports(request: HttpRequest) -> HttpResponse:
    """Everything that was asked for, newest first."""
    before = number_of(request.GET.get("before", ""))
    page, following = older(Export.objects.select_related(*RELATED), before, SHOWN)
    return render(
        request, "crm/exporting/all.html", {"exports": page, "next": following, "is_later": before is not None}
    )


@requires(*EXPORTS)
@require_http_methods(["GET", "POST"])
@never_cache
def export_customer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask for everything that is held on a customer."""
    customer = visible_or_404(request, public_id)
    if (before := asked_already(customer)) is not None:
        return redirect("export", before.public_id)
    form = Reason(request.POST or None)
    if form.is_valid():
        try:
            made = ask(customer, signed_in(request), form.cleaned_data["reason"])
        except ExportRefused as refused:
            messages.error(request, f"Nothing was asked: {refused}.")
            return redirect("export-customer", customer.public_id)
        messages.success(request, "It is being made. Somebody else has to check it before it can be downloaded.")
        return redirect("export", made.public_id)
    context = {"customer": customer, "name": name_of(customer), "form": form, "days": kept_for().days}
    return render(request, "crm/exporting/ask.html", context, status=400 if form.errors else 200)


def name_of(customer: Customer) -> str:
    return portraits([customer.pk])[customer.pk].name


@requires(*OVERSEES, writers=EXPORTS)
@require_http_methods(["GET", "POST"])
@never_cache
def export(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One export: how far it is, what is in it, its check, its file."""
    found = get_object_or_404(Export.objects.select_related(*RELATED), public_id=public_id)
    if request.method == "POST":
        return answered(request, found)
    is_going, is_htmx = found.state == Export.State.WAITING, bool(request.headers.get("HX-Request"))
    if is_htmx and is_going:
        return render(request, "crm/exporting/parts/progress.html", {"export": found})
    context = {
        "export": found, "lines": lines_of_counts(found.counts), "whom": standing_id(found.customer_id),
        "may_answer": not EXPORTS.isdisjoint(roles_of(request.user)),
        "is_there": found.can_be_downloaded(timezone.now()),
    }  # fmt: skip
    page = render(request, "crm/exporting/one.html", context)
    if is_htmx:
        page.headers["HX-Refresh"] = "true"  # it is made: the page shows what is in it
    return page


def answered(request: HttpRequest, found: Export) -> HttpResponse:
    """Say that it may be downloaded, or not."""
    is_yes = request.POST.get("act") == "yes"
    try:
        answer(found, signed_in(request), is_yes=is_yes)
    except ExportRefused as refused:
        messages.error(request, f"Nothing was changed: {refused}.")
    else:
        done = f"It can be downloaded for {kept_for().days} days." if is_yes else "Refused: its file is deleted."
        messages.success(request, done)
    return redirect("export", found.public_id)


@requires(*EXPORTS)
@require_GET
@never_cache
def export_file(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The file, while it is there, to those who may; each time is noted."""
    found = get_object_or_404(Export, public_id=public_id)
    if not found.can_be_downloaded(timezone.now()) or not default_storage.exists(found.file_name):
        messages.error(request, "There is nothing to download: it is not checked yet, or its time is over.")
        return redirect("export", found.public_id)
    note(request.user, Act.EXPORTED, customer=found.customer_id, subject=said(found, "downloaded"))
    name = f"customer-{str(found.public_id)[:8]}.zip"
    return FileResponse(default_storage.open(found.file_name), as_attachment=True, filename=name)
