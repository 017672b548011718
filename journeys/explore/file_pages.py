"""The pages of files: those that somebody asked for, how far they are, and the files themselves."""

import uuid

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.privacy.access import knows_customers, requires, signed_in
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.roles import EXPLORES
from journeys.explore.extracting import KEPT, MOST, ExtractRefused, ask
from journeys.explore.forgetting import drop
from journeys.explore.models import Extract

SHOWN = 50  # the newest
explorers = requires(*EXPLORES)


@explorers
@require_http_methods(["GET", "POST"])
@never_cache
def files(request: HttpRequest) -> HttpResponse:
    """One's own files, the newest first; posted to: ask for one (`query`, `format`)."""
    user = signed_in(request)
    if request.method == "POST":
        return asked_for(request)
    found = list(Extract.objects.filter(owner=user)[:SHOWN])
    context = {
        "files": found, "is_any_waiting": any(one.state == Extract.State.WAITING for one in found),
        "hours": KEPT.days * 24, "most": MOST,
    }  # fmt: skip
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, f"journeys/explore/{'parts/files' if is_part else 'files'}.html", context)


def asked_for(request: HttpRequest) -> HttpResponse:
    try:
        ask(signed_in(request), request.POST.get("query", ""), request.POST.get("format", ""))
    except ExtractRefused as refused:
        messages.error(request, f"No file is made: {refused}.")
    else:
        messages.success(request, "It is being made, also when you leave this page.")
    return redirect("explore-files")


@explorers
@require_GET
@never_cache
def explore_file(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The file, while it is there, to who asked for it; each time is noted."""
    user = signed_in(request)
    found = Extract.objects.filter(public_id=public_id, owner=user).first()
    if found is None or not may_have(user, found):
        messages.error(request, "There is nothing to download: its time is over, or you may not see it any more.")
        return redirect("explore-files")
    note(user, Act.EXPORTED, subject=f"explore file {found.public_id}: downloaded")
    name = f"explore-{str(found.public_id)[:8]}.{found.format}"
    return FileResponse(default_storage.open(found.file), as_attachment=True, filename=name)


def may_have(user: User, found: Extract) -> bool:
    """Whether the file is there, and somebody may see what is in it still."""
    is_there = found.is_there(timezone.now()) and default_storage.exists(found.file)
    return is_there and (knows_customers(user) or not found.is_open)


@explorers
@require_POST
def delete_file(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Delete a file, or stop making it."""
    user = signed_in(request)
    found = get_object_or_404(Extract, public_id=public_id, owner=user)
    drop(found.pk, "you deleted it", user)
    messages.success(request, "Deleted. What it was made of is still there: it can be asked for again.")
    return redirect("explore-files")
