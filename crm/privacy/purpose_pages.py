"""The page of what consent is asked for: the purposes and their words, changed as a whole, kept and undone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.changes import undo_last
from crm.privacy.access import requires, signed_in
from crm.privacy.purpose_forms import PurposesForm
from crm.privacy.purposes import DEFAULT, PURPOSES_LOCK, PurposeChange, as_content, standing
from crm.privacy.roles import SETS_TACT

CHANGES_SHOWN = 20
keepers = requires(*SETS_TACT)


@keepers
@require_http_methods(["GET", "POST"])
@never_cache
def purposes(request: HttpRequest) -> HttpResponse:
    """What consent is asked for, and in which words."""
    form = PurposesForm(request.POST or None, purposes=standing().purposes)
    if form.is_valid():
        if said := form.said():
            content = as_content(form.proposed())
            PurposeChange.objects.create(content=content, said=said, actor=signed_in(request))
            messages.success(request, "It holds from now on. Consents given before keep the words they were given to.")
        else:
            messages.info(request, "Nothing was changed.")
        return redirect("purposes")
    changes = PurposeChange.objects.select_related("actor")[:CHANGES_SHOWN]
    return render(request, "crm/consent/purposes.html", {"form": form, "changes": changes})


@keepers
@require_POST
def undo_purposes(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take the last change back: as a change of its own, since consents may have been given to its words."""
    change = get_object_or_404(PurposeChange, pk=change_id)
    if undo_last(change, as_content(DEFAULT), signed_in(request), PURPOSES_LOCK):
        messages.success(request, f"{change.undone}.")
    else:
        messages.error(request, "Something else was changed since; undo that first.")
    return redirect("purposes")
