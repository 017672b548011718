"""The pages of what campaigns cost: a file goes in, its preview is looked at, a yes, an undo."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.batches.sheets import MOST_LINES
from crm.batches.uploading import handed_in
from crm.errors import BatchRefused
from crm.privacy.access import requires, signed_in
from crm.privacy.roles import IMPORTS_COSTS
from journeys.attribution import cost_taking as taking
from journeys.attribution.cost_reading import read_costs
from journeys.attribution.spending import CostFile

RECENT, SHOWN = 30, 100
SAID = {"take": "Its costs count from now on. It can be undone below.", "undo": "Its costs count no more."}
buyers = requires(*IMPORTS_COSTS)


@buyers
@require_http_methods(["GET", "POST"])
@never_cache
def costs(request: HttpRequest) -> HttpResponse:
    """Take a file of costs, or what was pasted, and say what it holds."""
    refused = ""
    if request.method == "POST":
        try:
            return redirect("cost-file", uploaded(request).pk)
        except BatchRefused as error:
            refused = str(error)
    context = {
        "files": taking.visible_files(signed_in(request)).select_related("actor")[:RECENT], "refused": refused,
        "most": MOST_LINES, "pasted": request.POST.get("pasted", ""), "brands": taking.brands_for(signed_in(request)),
    }  # fmt: skip
    return render(request, "journeys/marketing/costs.html", context, status=400 if refused else 200)


def uploaded(request: HttpRequest) -> CostFile:
    """The file that was sent. Raises BatchRefused."""
    name, content = handed_in(request)
    actor = signed_in(request)
    return taking.prepare(name, read_costs(content, timezone.localdate(), taking.brands_for(actor)), actor)


@buyers
@require_http_methods(["GET", "POST"])
@never_cache
def cost_file(request: HttpRequest, file_id: int) -> HttpResponse:
    """A file: what it holds; take it in, or undo it (`act`)."""
    actor = signed_in(request)
    file = get_object_or_404(taking.visible_files(actor).select_related("actor"), pk=file_id)
    may_act = taking.may_act(file, actor)
    if request.method == "POST":
        word = request.POST.get("act", "")
        if may_act and taking.act(file, word):
            messages.success(request, f"{file.name}: {SAID[word]}")
        return redirect("cost-file", file.pk)
    context = {
        "file": file, "of": taking.summary(file), "refused": file.refused[:SHOWN],
        "rows": file.costs.order_by("day", "name")[:SHOWN], "shown": SHOWN, "may_act": may_act,
        "is_branded": file.brands != [""],
    }  # fmt: skip
    return render(request, "journeys/marketing/cost_file.html", context)
