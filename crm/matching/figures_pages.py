"""The admins' page of figures: how many duplicates are found, what waits, what holds, what was undone."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.identity.models import Identifier
from crm.matching import tabulating
from crm.matching.charts import Point, line, shares
from crm.matching.figures import (
    Backlog,
    Band,
    Day,
    Share,
    change_of_backlog,
    change_of_rate,
    read_backlog,
    read_bands,
    read_days,
)
from crm.matching.models import Snapshot
from crm.privacy.access import requires, sees_customers
from crm.privacy.roles import INSPECTS
from crm.profile.portraits import portraits
from crm.sources.breaker import pauses
from crm.wording import said_contact, said_day

Tile = tuple[str, str, str]  # what it is of, the figure, what else there is to say


@requires(*INSPECTS)
@require_GET
@never_cache
def matching_figures(request: HttpRequest) -> HttpResponse:
    """The figures of the last snapshots, and of now."""
    days, backlog, bands = read_days(), read_backlog(), read_bands()
    last = Snapshot.objects.first()
    told: Mapping[str, Any] = last.figures if last else {}
    decided = Share(sum(band.same.part for band in bands), sum(band.same.whole for band in bands))
    newest = Identifier.objects.select_related("customer").in_bulk(told.get("newest_shared", []))
    context: dict[str, Any] = {
        "last": last, "now": timezone.now(), "pauses": pauses(), "decided": decided,
        "tiles": [*(of_customers(told, days) if last else []), of_backlog(backlog, days), of_decided(decided)],
        "tables": {"days": tabulating.of_days(days), "bands": tabulating.of_bands(bands),
                   "largest": tabulating.of_largest(largest(told, sees_customers(request.user))),
                   "undone": tabulating.of_undone(told),
                   "held": tabulating.of_held(told), "shared": tabulating.of_shared(told)},
        "newest": [newest[one] for one in told.get("newest_shared", []) if one in newest],
    }  # fmt: skip
    return render(request, "crm/matching/figures.html", context | charts(days, bands))


def charts(days: Sequence[Day], bands: Sequence[Band]) -> dict[str, Any]:
    """The charts."""
    rate = [Point(said_day(day.day), day.rate) for day in days]
    waiting = [Point(said_day(day.day), day.backlog) for day in days]
    return {
        "rate_chart": line("Duplicates found by day, per 1,000 customers", rate) if rate else "",
        "backlog_chart": line("Reviews that wait, by day", waiting) if waiting else "",
        "bands_chart": shares("Share of the decided pairs that were the same, by weight", bands),
    }


def of_customers(told: Mapping[str, Any], days: Sequence[Day]) -> list[Tile]:
    """How many customers there are, and how many duplicates were found among them."""
    rate = change_of_rate(days)
    return [
        ("Customers", f"{told.get('customers', 0):,}", ""),
        ("Duplicates found in a week, per 1,000", f"{rate.now:.2f}", rate.said),
    ]


def of_backlog(backlog: Backlog, days: Sequence[Day]) -> Tile:
    """How many reviews wait, and for how long."""
    said = [change_of_backlog(days, backlog.count).said]
    if backlog.oldest and backlog.median:
        oldest, middle = (said_day(timezone.localdate(at)) for at in (backlog.oldest, backlog.median))
        half = f", half of them since {middle} or before" if middle != oldest else ""
        said = [f"the oldest since {oldest}{half}", *said]
    return "Reviews that wait", f"{backlog.count:,}{' or more' if backlog.is_capped else ''}", "; ".join(said)


def of_decided(decided: Share) -> Tile:
    """The precision of what was asked, as people decided it."""
    title = "Decided the same"
    if not decided.whole:
        return title, "–", "nothing has been decided yet"
    between = f"between {decided.low:.0f} and {decided.high:.0f} %, by what is known"
    return title, f"{decided.percent:.0f} %", f"of {decided.whole:,}; {between}"


def largest(told: Mapping[str, Any], is_named: bool) -> list[tuple[str, str, int]]:
    """(name, address, identifiers) of the largest customers. is_named: else by their number, which leads nowhere."""
    sizes = {customer: count for customer, count in told.get("largest", [])}
    shown = portraits(sizes)
    return [
        (said_contact(shown[one].name), reverse("why", args=[shown[one].public_id]), count)
        if is_named else (f"Customer {str(shown[one].public_id)[:8]}", "", count)
        for one, count in sizes.items() if one in shown
    ]  # fmt: skip
