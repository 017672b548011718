"""The pages of Explore: interactions and customers by their facets, and the views that are kept of them."""

from dataclasses import replace
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.asked import number_of
from crm.privacy.access import knows_customers, requires, signed_in
from crm.privacy.roles import EXPLORES
from crm.reading import read
from journeys.customers.asking import Request
from journeys.customers.days import naming_sources
from journeys.explore import saving
from journeys.explore.asking import CUSTOMERS, INTERACTIONS, Asked, asked, asked_of
from journeys.explore.columns import COLUMNS, cells
from journeys.explore.facets import OUTCOMES, UNANSWERED
from journeys.explore.filling import DID, rows_of
from journeys.explore.filters import consents
from journeys.explore.finding import Found
from journeys.explore.models import SavedView
from journeys.explore.orders import NEWEST, OLDEST, SORTS
from journeys.explore.showing import estimate, page_of, rounded, shown
from journeys.interactions.models import CHANNELS, DIRECTIONS
from journeys.listening.models import MOODS
from journeys.segments.forms import UNIT, WHAT
from journeys.segments.models import CustomerSegment

ON_ITS_OWN = 20  # pages
SORTS_OF = {
    "when": (NEWEST, OLDEST), "channel": ("channel", "-channel"), "campaign": ("campaign", "-campaign"),
    "outcome": ("outcome", "-outcome"), "mood": ("mood", "-mood"), "value": ("-value", "value"),
}  # fmt: skip


class Heading(NamedTuple):
    """query: which sorts by it, "" where nothing can. stands: how it is sorted by it, as ARIA says it. then: what its
    choice does.
    """

    label: str
    is_number: bool
    query: str = ""
    stands: str = ""
    then: str = ""


explorers = requires(*EXPLORES)


@explorers
@require_GET
@never_cache
def explore(request: Request) -> HttpResponse:
    """Every interaction, or every customer by one of theirs, with what is asked."""
    wanted = asked(request.GET)
    found = page_of(wanted, request.user)
    context = lines_of(request, wanted, found)
    if request.htmx.target == "more-found":
        return render(request, "journeys/explore/parts/lines.html", context)
    return render(request, "journeys/explore/explore.html", context | around(request, wanted, found))


def lines_of(request: HttpRequest, wanted: Asked, found: Found) -> dict[str, Any]:
    """The lines of a page, and where the next one is."""
    lines = [(row, cells(row, wanted.columns)) for row in shown(found.rows, request.user)]
    reached = found.next.at if found.next else None
    return {
        "lines": lines, "asked": wanted, "looked_at": found.looked_at, "reached": reached,
        "heads": [heading(wanted, "when"), *(heading(wanted, name) for name in wanted.columns)],
        "next": wanted.following(found.next) if found.next else "",
        "on": 0 if lines else goes_on(request.GET.get("on", "")),
    }  # fmt: skip


def goes_on(told: str) -> int:
    """How many more pages are looked at by themselves while nothing is found. told: by the page before."""
    left = number_of(told) if told else ON_ITS_OWN
    return max(0, min(left or 0, ON_ITS_OWN) - 1)


def heading(wanted: Asked, name: str) -> Heading:
    """The head of a column: chosen, it sorts by it; chosen again, the other way round."""
    column, sorts = COLUMNS.get(name), SORTS_OF.get(name)
    label, is_number = (column.label, column.is_number) if column else ("When", False)
    if sorts is None:
        return Heading(label, is_number)
    following = sorts[1] if wanted.sort == sorts[0] else sorts[0]
    stands = ("ascending" if SORTS[wanted.sort].is_up else "descending") if wanted.sort in sorts else ""
    return Heading(label, is_number, replace(wanted, sort=following).query, stands, SORTS[following].label)


def around(request: HttpRequest, wanted: Asked, found: Found) -> dict[str, Any]:
    """What stands above the lines: the filters, the columns, the views, and how many there are."""
    user = signed_in(request)
    views = list(saving.views_for(user))
    journey = rows_of(wanted.told.get("journey"), request.GET)
    return {
        "is_veiled": not knows_customers(request.user),
        "channels": CHANNELS, "outcomes": (*OUTCOMES, UNANSWERED), "moods": list(MOODS), "consents": consents(),
        "sources": [(str(pk), name) for pk, name in read(naming_sources()).items()],
        "segments": [(str(pk), name) for pk, name in CustomerSegment.objects.values_list("pk", "name")],
        "columns": COLUMNS.items(), "views": views, "sorts": SORTS.items(), "sorted": SORTS[wanted.sort],
        "journey": journey, "is_journey": any(row.what for row in journey), "directions": DIRECTIONS[1:],
        "dids": DID, "whats": WHAT, "units": UNIT,
        "current": next((one for one in views if one.query == wanted.query), None),
        "about": rounded(estimate(wanted)), "is_whole": found.next is None and wanted.before is None,
        "count": len(found.rows),
        "by_interaction": replace(wanted, tab=INTERACTIONS).query, "by_customer": replace(wanted, tab=CUSTOMERS).query,
    }  # fmt: skip


# Views


@explorers
@require_GET
@never_cache
def views(request: HttpRequest) -> HttpResponse:
    """The views that somebody sees, to be renamed, shared and removed; and those that were removed."""
    user = signed_in(request)
    mine = set(saving.editable(user).values_list("pk", flat=True))
    context = {
        "views": [(one, one.pk in mine) for one in saving.views_for(user)],
        "removed": saving.removed_by(user)[:20],
    }
    return render(request, "journeys/explore/views.html", context)


@explorers
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep what is asked (`query`) by a name."""
    query = asked_of(request.POST.get("query", "")).query
    try:
        made = saving.keep(
            signed_in(request), request.POST.get("name", ""), query, is_shared="is_shared" in request.POST
        )
    except saving.ViewRefused as refused:
        messages.error(request, f"Not kept: {refused}.")
    else:
        messages.success(request, f"{made.name}: kept{', for the team' if made.is_shared else ', for you'}.")
    return redirect(f"{reverse('explore')}?{query}")


@explorers
@require_POST
def change_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename, share, remove or bring back a view (`act`)."""
    view = get_object_or_404(saving.editable(signed_in(request)), pk=view_id)
    act = request.POST.get("act")
    if act == "remove":
        saving.remove(view)
        messages.success(request, f"{view.name}: removed. It can be brought back below.")
    elif act == "back":
        saving.bring_back(view)
        messages.success(request, f"{view.name}: there again.")
    else:
        renamed(request, view)
    return redirect("explore-views")


def renamed(request: HttpRequest, view: SavedView) -> None:
    try:
        saving.change(view, request.POST.get("name", ""), is_shared="is_shared" in request.POST)
    except saving.ViewRefused as refused:
        messages.error(request, f"Not changed: {refused}.")
    else:
        messages.success(request, f"{view.name}: kept.")
