"""The page of what may be said: what stands, a change with its preview, and every change before it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.changes import undo_last
from crm.privacy.access import requires, roles_of, signed_in
from crm.privacy.disclosure import DEFAULT, SAID, Origin, Tact, disclosing
from crm.privacy.roles import OVERSEES, SETS_TACT
from crm.privacy.tact_changes import DisclosureChange
from crm.privacy.tact_forms import TactForm
from crm.reading import read
from crm.sql import cursor

CHANGES_SHOWN = 20
LOOKED_AT = 2_000
TACT_LOCK = 0x74616374  # one change at a time, from its reading of what stands
# The newest traits are a sample of what was said; it says how much of it a change would hide or show.
SAMPLE = "SELECT value FROM crm_trait ORDER BY id DESC LIMIT %s"
keepers, lookers = requires(*SETS_TACT), requires(*OVERSEES, writers=SETS_TACT)


@lookers
@require_http_methods(["GET", "POST"])
@never_cache
def disclosure(request: HttpRequest) -> HttpResponse:
    """What may be said of what. Whatever is filled in is tried first; `act=save` keeps it."""
    standing = read(disclosing(()))
    form = TactForm(request.POST or None, tact=standing)
    may_set = not SETS_TACT.isdisjoint(roles_of(request.user))
    form.disable(not may_set)
    tried: dict[str, Any] | None = None
    if form.is_valid() and request.POST.get("act") == "save":
        DisclosureChange.objects.create(content=form.proposed().content, said=form.said(), actor=signed_in(request))
        messages.success(request, "It holds from now on, on every page and in the API, and can be undone below.")
        return redirect("disclosure")
    if form.is_valid():
        tried = preview(standing, form.proposed(), form.cleaned_data["sentence"])
    changes = DisclosureChange.objects.select_related("actor")[:CHANGES_SHOWN]
    return render(
        request, "crm/disclosure.html", {"form": form, "tried": tried, "changes": changes, "may_set": may_set}
    )


def preview(standing: Tact, proposed: Tact, sentence: str) -> dict[str, Any]:
    """How a sentence would be judged, and how many of the values that were last said of customers a change hides."""
    with cursor() as sql:
        values = [value for (value,) in sql.execute(SAMPLE, [LOOKED_AT])]
    before, after = (sum(tact.hides(value) for value in values) for tact in (standing, proposed))
    judged = proposed.judge(Origin.TOLD, sentence) if sentence else None
    return {"judged": judged, "said": SAID[judged.disclosure] if judged else "", "before": before, "after": after,
            "looked_at": len(values)}  # fmt: skip


@keepers
@require_POST
def undo_disclosure(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take the last change back."""
    change = get_object_or_404(DisclosureChange, pk=change_id)
    if undo_last(change, DEFAULT.content, signed_in(request), TACT_LOCK):
        messages.success(request, f"{change.undone}.")
    else:
        messages.error(request, "Something else was changed since; undo that first.")
    return redirect("disclosure")
