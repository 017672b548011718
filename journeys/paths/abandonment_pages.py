"""The page of what was given up and what calls did about it, and its files."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.batches.writing import harmless
from crm.privacy.access import brands_of, requires
from crm.privacy.roles import ATTRIBUTES
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.abandonment_asking import Asked, asked_of, report_of
from journeys.paths.abandonment_rehearsing import proposals
from journeys.paths.abandonment_reporting import DAY, Report, Week
from journeys.paths.drawing import Drawn, course, staircase

TABLED = (60, 300, 900, 3_600, 4 * 3_600, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 30 * DAY)
PAGES_SHOWN = 30
readers = requires(*ATTRIBUTES)
Row = Sequence[Any]


@readers
@require_GET
@never_cache
def abandoned(request: HttpRequest) -> HttpResponse:
    """What was given up in a period, who called about it, and what that brought."""
    definitions, brands, now = list(AbandonmentDefinition.objects.all()), brands_of(request.user), timezone.now()
    asked = asked_of(request.GET.dict(), timezone.localdate(), definitions)
    if asked is None:
        return render(request, "journeys/paths/nothing_defined.html", {"proposals": proposals(brands, now)})
    found = report_of(asked, brands, now)
    weeks = weeks_of(asked, found)
    context = {
        "asked": asked, "definitions": definitions, "report": found, "weeks": weeks, "times": table_of(found),
        "curve": curve_of(found), "trend": trend_of(weeks), "pages": found.pages[:PAGES_SHOWN],
        "more": max(len(found.pages) - PAGES_SHOWN, 0), "is_walled": brands is not None, "now": now,
    }  # fmt: skip
    return render(request, "journeys/paths/abandoned.html", context)


def weeks_of(asked: Asked, found: Report) -> list[Week]:
    return found.weeks(asked.since, asked.until, timezone.get_current_timezone())


def table_of(found: Report) -> list[tuple[str, float, float, float, int]]:
    """(by when, percent who had called, from, to, how many were watched that long) of the curve."""
    times = [one for one in TABLED if one < found.follow] + [found.follow]
    waits, table = found.after.wait[found.is_given_up], []
    for one in times:
        share, low, high = found.curve.at(one)
        table.append((span(one), 100 * share, 100 * low, 100 * high, int((waits >= one).sum())))
    return table


def span(seconds: int) -> str:
    """A time in words."""
    for unit, size in (("day", DAY), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}{'' if seconds == size else 's'}"
    return f"{seconds} seconds"


def curve_of(found: Report) -> Drawn | None:
    """The curve as a chart, by days; None where nobody called."""
    told, days = found.curve, found.definition.days
    if not len(told.times):
        return None
    shares = list(zip(told.share.tolist(), told.low.tolist(), told.high.tolist(), strict=True))
    ticks = range(0, days + 1, max(1, -(-days // 7)))
    return staircase((told.times / DAY).tolist(), shares, days, ticks)


def trend_of(weeks: Sequence[Week]) -> Drawn | None:
    if not any(one.given_up for one in weeks):
        return None
    return course([
        (f"{one.begins:%-d %b}", one.called.value if one.given_up else None,
         f"Week of {one.begins:%-d %b}: {one.called.percent:.0f} % of {one.given_up:,}", one.is_open)
        for one in weeks
    ])  # fmt: skip


@readers
@require_GET
@never_cache
def abandoned_file(request: HttpRequest) -> HttpResponse:
    """A table of the page as CSV (`part`: pages, curve or weeks)."""
    asked = asked_of(request.GET.dict(), timezone.localdate(), list(AbandonmentDefinition.objects.all()))
    part = request.GET.get("part", "")
    made = {"curve": curve_rows, "weeks": week_rows}.get(part, page_rows)
    rows = made(asked, report_of(asked, brands_of(request.user), timezone.now())) if asked else []
    return spreadsheet(f"given-up-{part if part in ('curve', 'weeks') else 'pages'}.csv", rows)


def spreadsheet(name: str, rows: Iterable[Row]) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(answer).writerows(harmless(map(str, row)) for row in rows)
    return answer


def page_rows(asked: Asked, found: Report) -> Iterable[Row]:
    yield "page", "given up", "followed by a call", "calls", "calls per attempt", f"agreed ({found.currency})"
    for one in found.pages:
        yield one.name, one.given_up, one.called.part, one.calls, f"{one.per_attempt:.4f}", one.money


def curve_rows(asked: Asked, found: Report) -> Iterable[Row]:
    yield "seconds", "share who had called", "from", "to", "watched until then", "called then"
    for at, *shares, watched, called in zip(*(column.tolist() for column in found.curve), strict=True):
        yield at, *(f"{one:.6f}" for one in shares), watched, called


def week_rows(asked: Asked, found: Report) -> Iterable[Row]:
    yield "week from", "attempts", "given up", "followed by a call", "still watched"
    for one in weeks_of(asked, found):
        yield one.begins, one.attempts, one.given_up, one.called.part, "yes" if one.is_open else "no"
