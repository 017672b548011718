"""The pages of paths: the graph with its tables, their files, and who went one way."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.asked import number_of
from crm.batches.writing import Echo, harmless
from crm.privacy.access import brands_of, requires
from crm.privacy.roles import ATTRIBUTES
from journeys.paths.asking import COMPARED, DEEPEST, WAYS, asked_of, query
from journeys.paths.following import people, way_of
from journeys.paths.graphing import Beside, Difference, Graph, Names, beside, graph
from journeys.paths.keeping import how_far
from journeys.paths.picturing import ended_of, lines_of, often_and_rarely, paths_of, picture
from journeys.segments.models import CustomerSegment

readers = requires(*ATTRIBUTES)
TABLES = {"flows": "flows", "paths": "top paths", "loops": "loops", "dropoff": "drop-off"}
COMPARISON = (
    "Beside it", "Beside it, of", "Beside it, share in percent", "Difference in percentage points", "Difference, from",
    "Difference, to",
)  # fmt: skip
Rows = Iterable[Sequence[object]]


@readers
@require_GET
@never_cache
def paths(request: HttpRequest) -> HttpResponse:
    """Where people went from a step, and where they came from."""
    asked, brands, now = asked_of(request.GET.dict(), timezone.localdate()), brands_of(request.user), timezone.now()
    names = Names()
    found = graph(asked, names, brands, now)
    other = beside(asked, found, names, brands, now)
    _, latest = how_far()
    often, rarely = often_and_rarely(lines_of(found, names, asked, other.apart if other else {}))
    context = {
        "asked": asked, "ways": WAYS, "compared": COMPARED, "depths": range(1, DEEPEST + 1), "graph": found,
        "other": other and other.graph, "against": other and other.asked, "latest": latest,
        "step": names(found.step) if found.step else "",
        "segments": CustomerSegment.objects.all(), "query": query(asked), "is_walled": brands is not None,
        "steps": [(names(one), count, query(asked, step=names(one))) for one, count in found.steps],
        "lines": often, "rarer": rarely, "paths": paths_of(found, names),
        "ended": ended_of(found, names), "picture": picture(found, names, asked),
        "loops": [(names(one.step), names(one.by), one.customers, one.times) for one in found.loops],
        "files": TABLES,
    }  # fmt: skip
    return render(request, "journeys/paths/paths.html", context)


@readers
@require_GET
@never_cache
def paths_file(request: HttpRequest) -> StreamingHttpResponse:
    """One of the tables as CSV."""
    asked, brands, now = asked_of(request.GET.dict(), timezone.localdate()), brands_of(request.user), timezone.now()
    names = Names()
    found = graph(asked, names, brands, now)
    table = request.GET.get("table", "")
    table = table if table in TABLES else "flows"
    rows = rows_of(table, found, names, beside(asked, found, names, brands, now) if table == "flows" else None)
    answer = StreamingHttpResponse(written(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="paths-{table}-{asked.since}-{asked.until}.csv"'
    return answer


def rows_of(table: str, found: Graph, names: Names, other: Beside | None) -> Rows:
    if table == "paths":
        made = [(title, *line) for title, lines in paths_of(found, names) for line in lines]
        return [("Which way", "Steps", "Journeys", "Share in percent"), *made]
    if table == "loops":
        looped = [(names(one.step), names(one.by), one.customers, one.times) for one in found.loops]
        return [("Step", "There and back by", "Customers", "Times"), *looped]
    if table == "dropoff":
        ends = [(words, one.of, one.some, one.percent, *one.interval) for words, one in ended_of(found, names)]
        return [("Where", "Of", "Nothing came", "Share in percent", "From", "To"), *ends]
    return flow_rows(found, names, other)


def flow_rows(found: Graph, names: Names, other: Beside | None) -> Rows:
    """The table of flows; with what stands beside it, as the page says it."""
    heads = ("Place", "From", "To", "Journeys", "Share in percent", "Half within, seconds", "Nine tenths, seconds")
    yield heads + (COMPARISON if other else ())
    for one in found.flows:
        told = one.place, names(one.source), names(one.target), one.journeys, 100 * one.journeys / found.journeys
        yield (
            *told,
            one.median,
            one.high,
            *(apart(other.apart.get((one.place, one.source, one.target))) if other else ()),
        )


def apart(told: Difference | None) -> tuple[object, ...]:
    if told is None:
        return ("",) * len(COMPARISON)
    return told.other.some, told.other.of, told.other.percent, *told.points


def written(rows: Rows) -> Iterator[str]:
    writer = csv.writer(Echo())
    for row in rows:
        yield writer.writerow([cell(one) for one in row])


def cell(told: object) -> str:
    """A number as it is; words without what a spreadsheet would work out."""
    if isinstance(told, float):
        return f"{told:.2f}"
    return harmless((told,))[0] if isinstance(told, str) else "" if told is None else str(told)


@readers
@require_GET
@never_cache
def paths_who(request: HttpRequest) -> HttpResponse:
    """The customers who went one way, by pseudonym: their journeys can be followed from here."""
    asked, brands, now = asked_of(request.GET.dict(), timezone.localdate()), brands_of(request.user), timezone.now()
    names, way = Names(), way_of(request.GET.dict())
    found = graph(asked, names, brands, now)
    after = number_of(request.GET.get("after", "")) or 0
    page, following, size = people(found, way, request.user, after)
    context: dict[str, Any] = {
        "asked": asked, "way": way, "source": names(way.source), "target": names(way.target), "people": page,
        "size": size, "query": query(asked), "step": names(found.step),
        "next": query(asked, **way.as_asked(), after=following) if following else "",
    }  # fmt: skip
    return render(request, "journeys/paths/who.html", context)
