"""The pages of conversions from elsewhere: a file goes in, its preview is looked at, a yes, progress, an undo."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.asked import number_of
from crm.batches.sheets import MOST_LINES
from crm.batches.uploading import handed_in
from crm.errors import BatchRefused
from crm.privacy.access import requires, signed_in
from crm.privacy.roles import ADMINISTERS
from crm.sources.models import Source
from journeys.attribution import importing
from journeys.attribution.import_reading import read_conversions
from journeys.attribution.models import ConversionImport, ConversionLine
from journeys.attribution.tasks import announce

AT_ONCE = 1.5  # seconds that a request works on an import itself
SHOWN = 100  # lines of one page
RECENT = 20
admins = requires(*ADMINISTERS)


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def conversion_imports(request: HttpRequest) -> HttpResponse:
    """Take a file of conversions, or what was pasted, and say what each line would note."""
    refused = ""
    if request.method == "POST":
        try:
            return redirect("conversion-import", uploaded(request).pk)
        except BatchRefused as error:
            refused = str(error)
    context = {
        "recent": ConversionImport.objects.select_related("actor", "source").order_by("-pk")[:RECENT],
        "sources": Source.objects.connected(), "refused": refused, "most": MOST_LINES, "kinds": importing.kinds(),
        "pasted": request.POST.get("pasted", ""),
    }  # fmt: skip
    return render(request, "journeys/marketing/imports.html", context, status=400 if refused else 200)


def uploaded(request: HttpRequest) -> ConversionImport:
    """The import of what was sent. Raises BatchRefused."""
    name, content = handed_in(request)
    told = read_conversions(content, importing.kinds(), timezone.now())
    return importing.prepare(name, told, source_of(request), signed_in(request))


def source_of(request: HttpRequest) -> Source:
    """Whose ids the lines name people by; none: only what means the same everywhere."""
    asked = request.POST.get("source", "").replace("\0", "")
    return Source.objects.connected().filter(public_id=asked).first() or Source.of_staff()


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def conversion_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """One import: what it would note, how far it is, what came of each line; begin, drop or undo it."""
    found = get_object_or_404(ConversionImport.objects.select_related("actor", "undone_by", "source"), pk=import_id)
    if request.method == "POST":
        return acted(request, found)
    outcome, after = request.GET.get("outcome", ""), number_of(request.GET.get("after", "")) or 0
    lines = found.lines.filter(number__gt=min(after, MOST_LINES * 2)).order_by("number")
    if outcome in ConversionLine.Outcome.values:
        lines = lines.filter(outcome=outcome)
    page = list(lines[: SHOWN + 1])
    counts = [(one.value, one.label, found.figures.get(one.value, 0)) for one in ConversionLine.Outcome]
    context = {
        "import": found, "lines": page[:SHOWN], "next": page[SHOWN - 1].number if len(page) > SHOWN else 0,
        "outcome": outcome, "counts": [one for one in counts if one[2]], "ready": found.figures.get("ready", 0),
        "noted": found.figures.get("done", 0),
    }  # fmt: skip
    return render(request, "journeys/marketing/import.html", context)


def acted(request: HttpRequest, found: ConversionImport) -> HttpResponse:
    try:
        act_on(found, request)
    except BatchRefused as error:
        messages.error(request, f"Nothing was changed: {error}.")
        return redirect("conversion-import", found.pk)
    if importing.carry_on(AT_ONCE):
        announce()
    found.refresh_from_db()
    said = "It goes on by itself; you may leave this page" if found.is_under_way else found.get_state_display()
    messages.success(request, f"{said[:1].upper()}{said[1:]}.")
    return redirect("conversion-import", found.pk)


def act_on(found: ConversionImport, request: HttpRequest) -> None:
    act = request.POST.get("act", "")
    if act == "start":
        importing.start(found)
    elif act == "undo":
        importing.undo(found, signed_in(request))
    elif act == "drop":
        importing.drop(found)
    else:
        raise BatchRefused("say whether to start, undo or drop it")
