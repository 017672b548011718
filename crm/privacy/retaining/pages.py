"""The page of retention: how long each kind is kept, what goes tonight, what went, and every change of the rules."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.changes import undo_last
from crm.privacy.access import requires, roles_of, signed_in
from crm.privacy.erasing.models import Erasure
from crm.privacy.holding.models import LegalHold
from crm.privacy.retaining.forecasting import Forecast, forecasts
from crm.privacy.retaining.forms import RetentionForm
from crm.privacy.retaining.models import RetentionRun
from crm.privacy.retaining.rules import DEFAULT, RETENTION_LOCK, RetentionChange, sorts, standing
from crm.privacy.roles import OVERSEES, RETAINS

CHANGES_SHOWN, RUNS_SHOWN = 20, 14
keepers, lookers = requires(*RETAINS), requires(*OVERSEES, writers=RETAINS)


@lookers
@require_http_methods(["GET", "POST"])
@never_cache
def retention(request: HttpRequest) -> HttpResponse:
    """How long what is kept. Whatever is filled in is tried first; `act=save` keeps it."""
    kept = standing()
    form = RetentionForm(request.POST or None, standing=kept)
    may_set = not RETAINS.isdisjoint(roles_of(request.user))
    form.disable(not may_set)
    if form.is_valid() and request.POST.get("act") == "save":
        return saved(request, form)
    proposed = form.proposed() if form.is_valid() else kept
    context = {
        "lines": lines_of(form, forecasts(proposed, timezone.now())),
        "form": form, "is_tried": form.is_valid() and proposed != kept, "may_set": may_set,
        "holds": LegalHold.objects.filter(lifted_at=None).count(),
        "changes": RetentionChange.objects.select_related("actor")[:CHANGES_SHOWN],
        "runs": [run_shown(one) for one in RetentionRun.objects.all()[:RUNS_SHOWN]],
    }  # fmt: skip
    return render(request, "crm/retention.html", context, status=400 if form.errors else 200)


def saved(request: HttpRequest, form: RetentionForm) -> HttpResponse:
    """Keep the rules as they are filled in."""
    if said := form.said():
        RetentionChange.objects.create(content=form.proposed(), said=said, actor=signed_in(request))
        messages.success(request, "It holds from tonight on, and can be undone below until then.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect("retention")


def lines_of(form: RetentionForm, found: list[Forecast]) -> list[tuple[Any, Forecast]]:
    return [(form[one.sort.key], one) for one in found]


def run_shown(run: RetentionRun) -> dict[str, Any]:
    """A run in words: what went of each kind, what a hold kept, which customers are still being erased."""
    labels = {one.key: one.label for one in sorts()}
    return {
        "run": run,
        "gone": [(labels.get(key, key), rows) for key, rows in sorted(run.gone.items())],
        "kept": sum(run.kept.values()),
        "waiting": Erasure.objects.filter(pk__in=run.waiting, state__in=Erasure.UNDER_WAY).count(),
    }


@keepers
@require_POST
def undo_retention(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take the last change back."""
    change = get_object_or_404(RetentionChange, pk=change_id)
    if undo_last(change, DEFAULT, signed_in(request), RETENTION_LOCK):
        messages.success(request, f"{change.undone}. What went meanwhile does not come back.")
    else:
        messages.error(request, "Something else was changed since; undo that first.")
    return redirect("retention")
