"""The admins' pages of uploads to ad platforms: destinations, a dry run, and the log of what was told."""

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.asked import number_of, older
from crm.privacy.access import requires, signed_in
from crm.privacy.purposes import standing
from crm.privacy.roles import ADMINISTERS
from integrations.uploads import changing
from integrations.uploads.figures import DAYS, figures_of, shown
from integrations.uploads.forms import DestinationForm
from integrations.uploads.models import Destination, Upload
from integrations.uploads.naming import named
from integrations.uploads.parcels import Vendor
from integrations.uploads.rehearsing import rehearse
from integrations.uploads.vendors import EVERY, VENDORS

SHOWN = 50  # uploads on a page
admins = requires(*ADMINISTERS)
SAID = {
    "pause": "{} is paused. What happens meanwhile waits for it, until it is too old for them.",
    "resume": "{} is told what waited, and what comes.",
    "remove": "{} is removed, and told nothing more. It stands below, to be brought back.",
    "bring-back": "{} is back, and is told of what happened meanwhile too.",
    "take-back": "All that {} was told is taken back, as far as they let us.",
    "tell-anew": "{} is told anew.",
}


@admins
@require_GET
@never_cache
def uploads(request: HttpRequest) -> HttpResponse:
    """Every destination and how it does; those that were removed, to bring back."""
    now = timezone.now()
    context = {
        "shown": shown(list(Destination.objects.there()), now), "now": now, "days": DAYS, "vendors": EVERY,
        "removed": Destination.objects.exclude(removed_at=None).order_by("-removed_at")[:SHOWN],
    }  # fmt: skip
    return render(request, "integrations/uploads/uploads.html", context)


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def change_destination(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Change a destination (0: add one, with the vendor that the address says)."""
    found = get_object_or_404(Destination.objects.there(), pk=destination_id) if destination_id else Destination()
    vendor = VENDORS.get(found.vendor or request.GET.get("vendor", ""))
    if vendor is None:
        return render(request, "integrations/uploads/choose.html", {"vendors": EVERY})
    form = DestinationForm(request.POST or None, destination=found, vendor=vendor)
    if form.is_valid():
        changing.save(form.filled(), signed_in(request), timezone.now())
        messages.success(request, f"{found.name} is told of conversions from now on. Have a dry run first.")
        return redirect("upload-destination", found.pk)
    context = {"form": form, "destination": found, "vendor": vendor}
    return render(request, "integrations/uploads/change.html", context, status=400 if form.errors else 200)


@admins
@require_GET
@never_cache
def destination(request: HttpRequest, destination_id: int) -> HttpResponse:
    """One destination: how it does, and the log of what it was told."""
    found, now = get_object_or_404(Destination, pk=destination_id), timezone.now()
    before, state = number_of(request.GET.get("before", "")), request.GET.get("state", "")
    rows = found.uploads.filter(state=state) if state in Upload.State.values else found.uploads.all()
    page, following = older(rows.order_by("-pk"), before, SHOWN)
    what = named(row.conversion for row in page)
    purpose = standing().named(found.purpose)
    context = {
        "destination": found, "vendor": VENDORS[found.vendor], "rows": page, "next": following, "now": now,
        "told": [(row, what.get(row.conversion, "")) for row in page],
        "is_first": before is None, "figures": figures_of(found, now), "days": DAYS, "states": Upload.State.choices,
        "state": state, "purpose": purpose.label if purpose else found.purpose,
    }  # fmt: skip
    return render(request, "integrations/uploads/destination.html", context)


@admins
@require_POST
def switch_destination(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Pause a destination, resume, remove it or bring it back, have all taken back or told anew (`act`)."""
    found = get_object_or_404(Destination, pk=destination_id)
    act = request.POST.get("act", "")
    if act in SAID:
        switch(found, act, request)
        messages.success(request, SAID[act].format(found.name))
    return redirect("uploads" if found.removed_at else "upload-destination", *(() if found.removed_at else (found.pk,)))


def switch(found: Destination, act: str, request: HttpRequest) -> None:
    user, now = signed_in(request), timezone.now()
    if act == "pause":
        changing.pause(found, user, now)
    elif act == "resume":
        changing.resume(found, user)
    elif act == "remove":
        changing.remove(found, user, now)
    elif act == "bring-back":
        changing.bring_back(found, user, now)
    else:
        changing.take_all_back(found, user, now, is_back=act == "take-back")


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def dry_run(request: HttpRequest, destination_id: int) -> HttpResponse:
    """What it would be told of the latest conversions; sent to be judged where that is asked for, and counted never."""
    found = get_object_or_404(Destination.objects.there(), pk=destination_id)
    rehearsal = rehearse(found, timezone.now(), is_asked=request.method == "POST")
    what = named(line.facts.pk for line in rehearsal.lines)
    lines = [(line, indented(line.shown), what.get(line.facts.pk, "")) for line in rehearsal.lines]
    context = {
        "destination": found, "vendor": vendor_of(found), "lines": lines, "said": rehearsal.said,
        "told": sum(not line.why for line, *_ in lines), "is_asked": request.method == "POST",
    }  # fmt: skip
    return render(request, "integrations/uploads/dry_run.html", context)


@admins
@require_GET
@never_cache
def upload(request: HttpRequest, destination_id: int, upload_id: int) -> HttpResponse:
    """One upload: what was sent, what was answered, and what else was told of its conversion."""
    found = found_or_404(destination_id, upload_id)
    story = Upload.objects.filter(destination=destination_id, conversion=found.conversion).order_by("turn", "number")
    context = {
        "upload": found, "what": named([found.conversion]).get(found.conversion, ""),
        "destination": found.destination, "vendor": vendor_of(found.destination),
        "body": indented(found.shown), "answers": found.answers.all()[:SHOWN], "story": story[:SHOWN],
        "may_go_again": found.state in changing.AGAIN and not found.destination.removed_at,
    }  # fmt: skip
    return render(request, "integrations/uploads/upload.html", context)


@admins
@require_POST
def upload_again(request: HttpRequest, destination_id: int, upload_id: int) -> HttpResponse:
    """Send an upload again, or look at it again, where that makes sense."""
    if changing.again(found_or_404(destination_id, upload_id), timezone.now()):
        messages.success(request, "It is looked at again within half a minute, and sent if it may be.")
    else:
        messages.error(request, "It is not sent again: it was told, or waits.")
    return redirect("upload", destination_id, upload_id)


def found_or_404(destination_id: int, upload_id: int) -> Upload:
    rows = Upload.objects.select_related("destination").filter(destination=destination_id, pk=upload_id)
    found = rows.first()
    if found is None:
        raise Http404("Nothing was told under that number.")
    return found


def vendor_of(found: Destination) -> Vendor:
    return VENDORS[found.vendor]


def indented(told: object) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) if told else ""
