"""The page that a marketer opens every morning, and its files."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.batches.writing import Echo, harmless
from crm.privacy.access import brands_of, requires, signed_in
from crm.privacy.roles import ATTRIBUTES
from journeys.morning.account import Account, points
from journeys.morning.asking import Morning, asked_of, back, days_before, morning
from journeys.morning.leading import address_of, addresses_of
from journeys.morning.models import WeeklyMail
from journeys.morning.reading import freshness
from journeys.morning.sending import is_set_up
from journeys.morning.spotted import spotted

readers = requires(*ATTRIBUTES)
OF_LINES = ("Figure", "Unit", "On the day", "Usual", "From, in times as much", "To", "Is news", "In words")
OF_DAYS = ("Day", "Figure", "Usual from", "Usual to")
OF_RINGS = ("Name", "Days", "Journeys", "Of them called", "Calls", "Calling of 100", "From", "To", "A week before")


@readers
@require_GET
@never_cache
def morning_page(request: HttpRequest) -> HttpResponse:
    """A day: what changed, and what rang."""
    today, brands = timezone.localdate(), brands_of(request.user)
    day = asked_of(request.GET.dict(), today)
    found = morning(day, brands)
    context = {
        "morning": found, "shown": list(shown(found)), "rings": list(rung(found)), "fresh": freshness(day, day),
        "today": today, "is_walled": brands is not None,
        "day_before": day - timedelta(days=1) if day > date.min else None,
        "day_after": day + timedelta(days=1) if day < today - timedelta(days=1) else None,
        **mailed(signed_in(request)),
    }  # fmt: skip
    return render(request, "journeys/marketing/morning.html", context)


@readers
@require_GET
@never_cache
def morning_blind(request: HttpRequest) -> HttpResponse:
    """The three blind spots of the four weeks up to a day, as a part of the page: they take longer than the rest."""
    day = asked_of(request.GET.dict(), timezone.localdate())
    found = spotted(day, brands_of(request.user), timezone.now())
    return render(request, "journeys/marketing/parts/morning_blind.html", {"found": found})


def mailed(user: User) -> dict[str, Any]:
    """Whether somebody gets the weekly mail, or could."""
    wished = WeeklyMail.objects.filter(user=user).first()
    weekday = WEEKDAYS[wished.weekday] if wished else ""
    return {"wished": wished, "weekday": weekday, "may_be_mailed": is_set_up() and bool(user.email)}


def shown(found: Morning) -> Iterator[dict[str, Any]]:
    """Every figure with its chart, and the page of what it counts."""
    for line, chart in found.charts:
        address = address_of(line.measure.key, line.measure.currency, found.day, found.day)
        yield {"line": line, "chart": chart, "address": address}


def rung(found: Morning) -> Iterator[dict[str, Any]]:
    """What rang, by each dimension, on the day and in the seven that end with it, and the pages of it."""
    for dimension, label, *spans in found.rings:
        for days, rings in zip((1, 7), spans, strict=True):
            since = back(found.day, days - 1)
            rows = [(one, addresses_of(dimension, one.name, since, found.day)) for one in rings]
            yield {"dimension": dimension, "label": label, "days": days, "since": since, "rows": rows}


@readers
@require_GET
@never_cache
def morning_file(request: HttpRequest, what: str) -> StreamingHttpResponse:
    """A table of the page as CSV: the day's figures, what rang, or four weeks of one figure."""
    brands, day = brands_of(request.user), asked_of(request.GET.dict(), timezone.localdate())
    found = morning(day, brands)
    if found.account is None:
        raise Http404("This day is not counted.")
    rows = rows_of(found, what, found.account, brands)
    answer = StreamingHttpResponse((csv.writer(Echo()).writerow(row) for row in rows), content_type="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{what}-{day}.csv"'
    return answer


def rows_of(found: Morning, what: str, account: Account, brands: Iterable[str] | None) -> Iterator[list[str]]:
    if what == "figures":
        return lines_of(account)
    if what in {name for name, *_ in found.rings}:
        return rings_of(found, what)
    return days_of(what, account, found.day, brands)


def lines_of(account: Account) -> Iterator[list[str]]:
    yield list(OF_LINES)
    for line in account.lines:
        ends = [cell(line.found.low), cell(line.found.high)] if line.found else ["", ""]
        usual = cell(line.usual.mean) if line.usual else ""
        told = [line.measure.one, f"{line.now:.10g}", usual, *ends, "yes" if line.is_news else "no"]
        yield [*harmless([line.measure.name]), *told, *harmless([line.reading])]


def rings_of(found: Morning, dimension: str) -> Iterator[list[str]]:
    yield list(OF_RINGS)
    for name, _, of_day, of_week in found.rings:
        for days, rings in (("1", of_day), ("7", of_week)) if name == dimension else ():
            for one in rings:
                shares = [f"{share:.2f}" for share in (one.share.percent, *one.share.interval)]
                counts = map(str, (one.now.people, one.now.rang, one.now.calls))
                yield [*harmless([one.name]), days, *counts, *shares, f"{one.share_before.percent:.2f}"]


def days_of(what: str, account: Account, day: date, brands: Iterable[str] | None) -> Iterator[list[str]]:
    """Four weeks of a figure. Raises Http404 where there is none of that name."""
    measure = next((line.measure for line in account.lines if line.measure.key == what), None)
    if measure is None:
        raise Http404("There is no such figure.")
    found = points(days_before(day, brands), day, measure)
    rows = [[str(one.day), f"{one.value:.10g}", *(map(cell, one.band) if one.band else ("", ""))] for one in found]
    return iter([list(OF_DAYS), *rows])


def cell(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.2f}"
