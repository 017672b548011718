"""The pages of what counts as giving up: each definition tried on the last month before it holds."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.privacy.access import brands_of, requires, signed_in
from crm.privacy.roles import ATTRIBUTES, GROUPS_CHANNELS
from journeys.paths import abandonment_changes as changing
from journeys.paths.abandonment import AbandonmentChange, AbandonmentDefinition
from journeys.paths.abandonment_forms import AbandonmentForm, proposed
from journeys.paths.abandonment_rehearsing import rehearse

CHANGES_SHOWN = 20
marketers, lookers = requires(*GROUPS_CHANNELS), requires(*ATTRIBUTES)


@lookers
@require_GET
@never_cache
def abandonments(request: HttpRequest) -> HttpResponse:
    """What counts as giving up, and every change of it."""
    context = {
        "definitions": AbandonmentDefinition.objects.select_related("conversion"),
        "changes": AbandonmentChange.objects.select_related("actor")[:CHANGES_SHOWN],
    }
    return render(request, "journeys/paths/definitions.html", context)


@marketers
@require_http_methods(["GET", "POST"])
@never_cache
def change_abandonment(request: HttpRequest, definition_id: int) -> HttpResponse:
    """Change a definition (0: add one). It is tried on the last month; `act=save` keeps it."""
    wanted = get_object_or_404(AbandonmentDefinition, pk=definition_id) if definition_id else proposed(request.GET)
    form, context = AbandonmentForm(request.POST or None, definition=wanted), dict[str, Any]()
    if form.is_valid():
        filled = form.fill()
        if request.POST.get("act") == "save":
            return saved(request, filled)
        context = {"tried": rehearse(filled, brands_of(request.user), timezone.now())}
    return render(request, "journeys/paths/definition.html", {"form": form, "definition": wanted, **context})


def saved(request: HttpRequest, filled: AbandonmentDefinition) -> HttpResponse:
    try:
        changing.save(filled, signed_in(request))
    except changing.AbandonmentRefused as refused:
        messages.error(request, f"Not kept: {refused}.")
    else:
        messages.success(request, f"{filled.name}: kept. It holds at once, for what is past too.")
    return redirect("abandonments")


@marketers
@require_POST
def remove_abandonment(request: HttpRequest, definition_id: int) -> HttpResponse:
    """Remove a definition."""
    found = get_object_or_404(AbandonmentDefinition, pk=definition_id)
    changing.remove(found, signed_in(request))
    messages.success(request, f"{found.name}: removed. It can be undone below.")
    return redirect("abandonments")


@marketers
@require_POST
def undo_abandonments(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take the last change back."""
    change = get_object_or_404(AbandonmentChange, pk=change_id)
    if changing.undo(change, signed_in(request)):
        messages.success(request, f"{change.undone}.")
    else:
        messages.error(request, "Something else was changed since; undo that first.")
    return redirect("abandonments")
