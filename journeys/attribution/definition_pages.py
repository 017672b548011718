"""The pages of what counts as a conversion: each definition tried on the last month before it holds."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.privacy.access import requires, signed_in
from crm.privacy.roles import ADMINISTERS, GROUPS_CHANNELS
from journeys.attribution import defining
from journeys.attribution.conversion_pages import latest
from journeys.attribution.definition_forms import DefinitionForm, words_of
from journeys.attribution.definition_rehearsing import rehearse
from journeys.attribution.definitions import known, progress
from journeys.attribution.models import ConversionDefinition, DefinitionChange
from journeys.attribution.tasks import announce

CHANGES_SHOWN = 20
admins, lookers = requires(*ADMINISTERS), requires(*GROUPS_CHANNELS)


@lookers
@require_GET
@never_cache
def conversions(request: HttpRequest) -> HttpResponse:
    """What counts, and every change of it."""
    context = {
        "definitions": [(one, words_of(one.conditions)) for one in ConversionDefinition.objects.all()],
        "changes": DefinitionChange.objects.select_related("actor")[:CHANGES_SHOWN],
        "recounting": progress(),
        "latest": latest(request.user),
    }
    return render(request, "journeys/marketing/conversions.html", context)


@lookers
@require_GET
@never_cache
def conversions_now(request: HttpRequest) -> HttpResponse:
    """How far what changed is counted anew, as a part of the page."""
    return render(request, "journeys/marketing/parts/recounting.html", {"recounting": progress()})


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def change_conversion(request: HttpRequest, definition_id: int) -> HttpResponse:
    """Change a definition (0: add one). It is tried on the last month; `act=save` keeps it."""
    definition = get_object_or_404(ConversionDefinition, pk=definition_id) if definition_id else ConversionDefinition()
    form, context = DefinitionForm(request.POST or None, definition=definition), dict[str, Any]()
    if form.is_valid():
        filled = form.fill()
        if request.POST.get("act") == "save":
            defining.save(filled, signed_in(request))
            announce()
            messages.success(request, f"{filled.name}: kept. What was recorded before is counted in the background.")
            return redirect("conversions")
        context = {"tried": rehearse(known(filled), timezone.now())}
    return render(request, "journeys/marketing/conversion.html", {"form": form, "definition": definition, **context})


@admins
@require_POST
def undo_conversions(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take the last change back."""
    change = get_object_or_404(DefinitionChange, pk=change_id)
    if defining.undo(change, signed_in(request)):
        announce()
        messages.success(request, f"{change.undone}.")
    else:
        messages.error(request, "Something else was changed since; undo that first.")
    return redirect("conversions")
