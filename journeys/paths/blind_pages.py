"""The page of the three blind spots, and its files."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.asked import number_of
from crm.privacy.access import brands_of, requires
from crm.privacy.roles import ATTRIBUTES
from journeys.attribution.leaving_out import left_out
from journeys.customers.asking import Request
from journeys.paths.abandonment_asking import period_of
from journeys.paths.abandonment_pages import spreadsheet
from journeys.paths.behind import behind
from journeys.paths.spotting import HEADINGS, SPOTS, spot_of

readers = requires(*ATTRIBUTES)


@readers
@require_GET
@never_cache
def blind_spots_page(request: Request) -> HttpResponse:
    """What web data alone does not see. Each spot is counted when it is asked for (`part`): they take their time."""
    brands, now = brands_of(request.user), timezone.now()
    since, until = period_of(request.GET.dict(), timezone.localdate())
    query, part = urlencode({"since": since, "until": until}), request.GET.get("part", "")
    spot = spot_of(part, brands, since, until, now) if part in SPOTS else None
    if spot and request.htmx:
        return render(request, "journeys/paths/parts/spot.html", {"spot": spot, "query": query})
    context = {
        "since": since, "until": until, "query": query, "now": now, "is_walled": brands is not None,
        "spots": [(key, heading, spot if key == part else None) for key, heading in HEADINGS.items()],
        "left_out": left_out(since, until, brands),
    }  # fmt: skip
    return render(request, "journeys/paths/blind_spots.html", context)


@readers
@require_GET
@never_cache
def blind_spots_file(request: HttpRequest) -> HttpResponse:
    """The weeks of a blind spot as CSV (`part`: its key)."""
    since, until = period_of(request.GET.dict(), timezone.localdate())
    asked = request.GET.get("part", "")
    chosen = spot_of(asked if asked in SPOTS else "calls", brands_of(request.user), since, until, timezone.now())
    head: list[Any] = ["Week from", chosen.part, chosen.whole, "Not over"]
    rows = [
        [one.begins, f"{one.part:.12g}", f"{one.whole:.12g}", "yes" if one.is_open else "no"] for one in chosen.trend
    ]
    return spreadsheet(f"blind-spot-{chosen.key}.csv", [head, *rows])


@readers
@require_GET
@never_cache
def blind_spots_who(request: HttpRequest) -> HttpResponse:
    """The customers behind the third blind spot, by pseudonym: their journeys can be followed from here."""
    since, until = period_of(request.GET.dict(), timezone.localdate())
    part = "browsers" if request.GET.get("part") == "browsers" else "callers"
    after = number_of(request.GET.get("after", "")) or 0
    asked = {"part": part, "since": since, "until": until}
    page, following = behind(part, since, until, request.user, after)
    context = {
        "part": part, "since": since, "until": until, "people": page, "is_first": not after,
        "back": urlencode({"since": since, "until": until}), "query": urlencode(asked),
        "next": urlencode(asked | {"after": following}) if following else "",
    }  # fmt: skip
    return render(request, "journeys/paths/strangers.html", context)
