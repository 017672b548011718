"""The admins' pages of batches: a spreadsheet goes in, its preview is looked at, a yes, progress, a result, an undo."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from crm.batches import running
from crm.batches.consent_reading import read_consents
from crm.batches.models import Batch, BatchLine
from crm.batches.preparing import prepare
from crm.batches.reading import Told, read
from crm.batches.references import look_up
from crm.batches.sheets import MOST_LINES
from crm.batches.uploading import handed_in
from crm.batches.writing import Echo, harmless
from crm.errors import BatchRefused
from crm.identity.models import Link
from crm.identity.pages import admins
from crm.privacy.access import signed_in
from crm.privacy.actors import Actor
from crm.privacy.purposes import standing
from crm.profile.portraits import Portrait, portraits

AT_ONCE = 1.5  # seconds that a request works on a batch itself; the sweep does the rest
SHOWN = 100  # lines of one page
RECENT = 20
STREAMED = 2_000  # lines of a result file in one query
RESULT = ("line", "a", "b", "outcome", "why")


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def merge_spreadsheet(request: HttpRequest) -> HttpResponse:
    """Take a file of merges, or what was pasted, and say what each line would do."""
    return spreadsheet(request, Batch.What.MERGE, read, "crm/batches/spreadsheet.html")


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def consent_spreadsheet(request: HttpRequest) -> HttpResponse:
    """Take a file of consents, or what was pasted, and say what each line would note."""
    return spreadsheet(request, Batch.What.CONSENT, read_asked, "crm/batches/consents.html")


def read_asked(content: bytes) -> list[Told]:
    """Lines of consents to the purposes that stand."""
    return read_consents(content, [one.key for one in standing().purposes], timezone.now())


def spreadsheet(
    request: HttpRequest, what: str, reading: Callable[[bytes], Sequence[Told]], template: str
) -> HttpResponse:
    refused = ""
    if request.method == "POST":
        try:
            batch = uploaded(request, what, reading)
        except BatchRefused as error:
            refused = str(error)
        else:
            running.carry_on(AT_ONCE, batch)
            return redirect("batch", batch.pk)
    alike = Q(what=what) if what == Batch.What.CONSENT else ~Q(what=Batch.What.CONSENT)
    recent = Batch.objects.filter(alike).select_related("actor").order_by("-pk")[:RECENT]
    context = {"recent": recent, "refused": refused, "most": MOST_LINES, "pasted": request.POST.get("pasted", "")}
    return render(request, template, context, status=400 if refused else 200)


def uploaded(request: HttpRequest, what: str, reading: Callable[[bytes], Sequence[Told]]) -> Batch:
    """The batch of what was sent. Raises BatchRefused."""
    name, content = handed_in(request)
    note = request.POST.get("note", "").replace("\0", "").strip()
    return prepare(name, reading(content), signed_in(request), note, what)


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch: what it would do, how far it is, what came of each line; begin, drop or undo it."""
    found = get_object_or_404(Batch.objects.select_related("actor", "undone_by", "source"), pk=batch_id)
    if request.method == "POST":
        return acted(request, found)
    if request.headers.get("HX-Request") and found.is_under_way:
        return render(request, "crm/batches/parts/progress.html", {"batch": found})
    outcome, after = request.GET.get("outcome", ""), request.GET.get("after", "")
    place = int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0
    lines, following = lines_of(found, outcome, place, request.user)
    context = {"batch": found, "lines": lines, "next": following, "outcome": outcome, "counts": counts_of(found)}
    answer = render(request, "crm/batches/batch.html", context)
    if request.headers.get("HX-Request"):
        answer.headers["HX-Refresh"] = "true"  # the stage is over: the page shows another one
    return answer


def acted(request: HttpRequest, found: Batch) -> HttpResponse:
    act = request.POST.get("act", "")
    try:
        act_on(found, act, request)
    except BatchRefused as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        running.carry_on(AT_ONCE, found)
        messages.success(request, said(found, act))
    return redirect("batch", found.pk)


def said(found: Batch, act: str) -> str:
    """What came of an act."""
    if found.is_under_way:
        return "Begun. It goes on by itself; you may leave this page."
    return {"start": "Done. It can be undone here.", "undo": "Undone."}.get(act, "Dropped: nothing was done.")


def act_on(found: Batch, act: str, request: HttpRequest) -> None:
    if act == "start":
        running.start(found)
    elif act == "undo":
        running.undo(found, signed_in(request))
    elif act == "drop":
        running.drop(found)
    else:
        raise BatchRefused("say whether to start, undo or drop it")


def counts_of(found: Batch) -> list[tuple[str, str, int]]:
    """(outcome, its word, how many lines) of those that there are."""
    return [(value, label, found.count(value)) for value, label in BatchLine.Outcome.choices if found.count(value)]


def lines_of(found: Batch, outcome: str, after: int, actor: Actor) -> tuple[list[dict[str, Any]], int]:
    """(a page of lines, the number of its last line where there are more)."""
    asked = found.lines.filter(number__gt=after).order_by("number")
    if outcome in BatchLine.Outcome.values and outcome:
        asked = asked.filter(outcome=outcome)
    page = list(asked[: SHOWN + 1])
    links = Link.objects.select_related("a", "b").in_bulk([line.link_id for line in page if line.link_id])
    people = people_of(page[:SHOWN], actor) if found.what == Batch.What.MERGE else {}
    shown = [
        {"line": line, "link": links.get(line.link_id or 0), "people": whom(line, people)} for line in page[:SHOWN]
    ]
    return shown, page[SHOWN - 1].number if len(page) > SHOWN else 0


def people_of(lines: Sequence[BatchLine], actor: Actor) -> dict[str, Portrait]:
    """The customers that some lines name, as they stand now, by how they are written."""
    named = look_up((text for line in lines for text in (line.a, line.b) if text), actor)
    known = portraits({one.customer for one in named.values() if one.customer})
    return {text: known[one.customer] for text, one in named.items() if one.customer in known}


def whom(line: BatchLine, people: Mapping[str, Portrait]) -> list[Portrait]:
    """Whom a line names, each once; nobody where one of them is not known."""
    texts = [text for text in (line.a, line.b) if text]
    found = {people[text].customer_id: people[text] for text in texts if text in people}
    return list(found.values()) if all(text in people for text in texts) else []


@admins
@require_GET
@never_cache
def batch_result(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """What came of every line, as a spreadsheet."""
    found = get_object_or_404(Batch, pk=batch_id)
    answer = StreamingHttpResponse(result_of(found), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="batch-{found.pk}.csv"'
    return answer


def result_of(found: Batch) -> Iterator[str]:
    """The lines of the result file."""
    writer = csv.writer(Echo())
    yield writer.writerow(RESULT)
    for line in found.lines.order_by("number").iterator(STREAMED):
        outcome = BatchLine.Outcome(line.outcome).label
        yield writer.writerow(harmless((str(line.number), line.a, line.b, outcome, line.said)))
