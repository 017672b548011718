"""The admins' pages of whole passes: runs and how far they are, what each would change, yes and no, and the models."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.asked import number_of
from crm.matching import approving, tasks
from crm.matching.errors import RunNotWaiting
from crm.matching.models import Run, TrainedModel
from crm.matching.showing import changes_of, learned, shown
from crm.privacy.access import requires, signed_in
from crm.privacy.roles import ADMINISTERS
from crm.sources.breaker import pauses

RUNS_SHOWN = 20
MODELS_SHOWN = 12

admins = requires(*ADMINISTERS)


@admins
@require_GET
@never_cache
def runs(request: HttpRequest) -> HttpResponse:
    """The whole passes, newest first, and the models they match by."""
    before = number_of(request.GET.get("before", ""))
    found = Run.objects.select_related("model", "started_by").filter(**{"pk__lt": before} if before else {})
    page = list(found[: RUNS_SHOWN + 1])
    context = {
        "runs": [shown(run) for run in page[:RUNS_SHOWN]],
        "next": page[RUNS_SHOWN - 1].pk if len(page) > RUNS_SHOWN else None,
        "under_way": None if before else newest_under_way(),
        "models": [(one, learned(one.metrics)) for one in TrainedModel.objects.all()[:MODELS_SHOWN]],
        "pauses": pauses(),
    }
    return render(request, "crm/matching/runs.html", context)


def newest_under_way() -> Any:
    run = Run.objects.filter(state__in=[*Run.UNDER_WAY, Run.State.APPLYING]).first()
    return shown(run) if run else None


@admins
@require_GET
@never_cache
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One pass: how far it is, its figures, and what it changes."""
    found = get_object_or_404(Run.objects.select_related("model", "started_by", "ruled_by"), pk=run_id)
    changes, following = changes_of(found, number_of(request.GET.get("after", "")) or 0, request.user)
    context = {"shown": shown(found), "changes": changes, "next": following, "is_first": "after" not in request.GET}
    return render(request, "crm/matching/run.html", context)


@admins
@require_GET
@never_cache
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far a pass is: a part of its page, which asks for it until it is over and then shows what came of it."""
    found = get_object_or_404(Run, pk=run_id)
    response = render(request, "crm/matching/parts/progress.html", {"shown": shown(found)})
    if not shown(found).is_moving:
        response["HX-Refresh"] = "true"
    return response


@admins
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a pass, dry or real, beside the worker."""
    with transaction.atomic():
        standing = Run.objects.filter(state__in=[*Run.UNDER_WAY, Run.State.APPLYING]).first()
        made = standing or Run.objects.create(is_dry="dry" in request.POST, started_by=signed_in(request))
    if standing:
        messages.warning(request, "A match is under way already. Here it is.")
    else:
        tasks.start_soon("--finish")
    return redirect("match-run", made.pk)


@admins
@require_POST
def rule(request: HttpRequest, run_id: int) -> HttpResponse:
    """Say yes or no to what a pass would change."""
    is_yes = request.POST.get("answer") == "yes"
    try:
        (approving.approve if is_yes else approving.reject)(run_id, signed_in(request))
    except RunNotWaiting as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        if is_yes:
            tasks.start_soon("--finish")
        said = "Approved. The changes are being made." if is_yes else "Rejected. Nothing was changed."
        messages.success(request, said)
    return redirect("match-run", run_id)


@admins
@require_POST
def use_model(request: HttpRequest, model_id: int) -> HttpResponse:
    """Score by this model from now on."""
    found = get_object_or_404(TrainedModel, pk=model_id)
    approving.make_current(found)
    messages.success(request, f"Pairs are scored by the model {found} from now on.")
    return redirect("matching")
