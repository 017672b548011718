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
from journeys.paths.abandonment_asking import period_of
from journeys.paths.abandonment_pages import spreadsheet
from journeys.paths.behind import behind
from journeys.paths.blindness import blind_spots
from journeys.paths.spotting import spots_of

readers = requires(*ATTRIBUTES)


@readers
@require_GET
@never_cache
def blind_spots_page(request: HttpRequest) -> HttpResponse:
    """What web data alone does not see."""
    brands, now = brands_of(request.user), timezone.now()
    since, until = period_of(request.GET.dict(), timezone.localdate())
    query = urlencode({"since": since, "until": until})
    context = {
        "since": since, "until": until, "query": query, "now": now, "is_walled": brands is not None,
        "spots": spots_of(blind_spots(brands, since, until, now), query),
        "left_out": left_out(since, until, brands),
    }  # fmt: skip
    return render(request, "journeys/paths/blind_spots.html", context)


@readers
@require_GET
@never_cache
def blind_spots_file(request: HttpRequest) -> HttpResponse:
    """The weeks of a blind spot as CSV (`part`: its key)."""
    since, until = period_of(request.GET.dict(), timezone.localdate())
    spots = spots_of(blind_spots(brands_of(request.user), since, until, timezone.now()), "")
    chosen = next((one for one in spots if one.key == request.GET.get("part")), spots[0])
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
