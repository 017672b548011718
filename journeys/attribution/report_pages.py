"""The pages of attribution: a report of two models side by side, and its file."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.batches.writing import Echo, harmless
from crm.privacy.access import brands_of, requires
from crm.privacy.roles import ATTRIBUTES
from journeys.attribution.charting import chart
from journeys.attribution.explaining import MODELS
from journeys.attribution.leaving_out import left_out
from journeys.attribution.recounting import freshness
from journeys.attribution.report_asking import PHONES, asked_of, query
from journeys.attribution.reporting import Line, Report, report
from journeys.attribution.streaming import NOTED, window

readers = requires(*ATTRIBUTES)


@readers
@require_GET
@never_cache
def attribution(request: HttpRequest) -> HttpResponse:
    """Who gets credit for the conversions of a period."""
    brands = brands_of(request.user)
    asked, could = asked_of(request.GET.dict(), timezone.localdate(), brands)
    found = report(asked, brands)
    context = {
        "asked": asked, "could": could, "phones": PHONES, "report": found, "chart": chart(found.lines),
        "a": MODELS[asked.models[0]], "b": MODELS[asked.models[1]], "noted": NOTED, "lookback": window().days,
        "dimension": could.dimensions[asked.dimension], "query": query(asked),
        "all_of_it": found.totals[0] + found.bare[0], "is_walled": brands is not None,
        "left_out": left_out(asked.since, asked.until, brands), **now_of(request),
    }  # fmt: skip
    return render(request, "journeys/marketing/attribution.html", context)


@readers
@require_GET
@never_cache
def attribution_now(request: HttpRequest) -> HttpResponse:
    """How far the days of the report are counted, as a part of the page."""
    return render(request, "journeys/marketing/parts/counting.html", now_of(request))


def now_of(request: HttpRequest) -> dict[str, Any]:
    asked, _ = asked_of(request.GET.dict(), timezone.localdate(), brands_of(request.user))
    return {"fresh": freshness(asked.since, asked.until), "query": query(asked)}


@readers
@require_GET
@never_cache
def attribution_file(request: HttpRequest) -> StreamingHttpResponse:
    """The report's table as CSV."""
    brands = brands_of(request.user)
    asked, could = asked_of(request.GET.dict(), timezone.localdate(), brands)
    heads = [could.dimensions[asked.dimension]]
    for model in asked.models:
        heads += [f"{MODELS[model][0]}: conversions", f"{MODELS[model][0]}: value ({asked.currency})"]
    lines = written(heads, report(asked, brands))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"attribution-{asked.since}-{asked.until}-{asked.dimension}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def written(heads: list[str], found: Report) -> Iterator[str]:
    writer = csv.writer(Echo())
    costs = [f"{what}, {one}" for what in ("Cost per conversion", "Return on cost") for one in ("first", "second")]
    yield writer.writerow([*heads, "Difference: conversions", "Difference: value", "Why", "Cost", "Clicks", *costs])
    for line in found.lines:
        figures = [figure for pair in zip(line.conversions, line.values, strict=True) for figure in pair]
        told = [f"{figure:.2f}" for figure in (*figures, line.change, line.value_change)]
        name, why = harmless((line.name, line.why))
        yield writer.writerow([name, *told, why, *costs_of(line)])


def costs_of(line: Line) -> list[str]:
    """The cells of what a channel cost; empty where nobody told."""
    if not line.spent:
        return [""] * 6
    shares = (*line.per_conversion, *line.returned)
    return [str(line.spent.cost), str(line.spent.clicks), *("" if one is None else f"{one:.2f}" for one in shares)]
