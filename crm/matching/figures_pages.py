"""The admins' page of figures: how many duplicates are found, what waits, what holds, what was undone."""

from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.identity.models import Identifier, Link
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
from crm.privacy.access import requires
from crm.privacy.models import Role
from crm.profile.portraits import portraits
from crm.sources.breaker import pauses
from crm.wording import said_day


@requires(Role.ADMIN)
@require_GET
@never_cache
def matching_figures(request: HttpRequest) -> HttpResponse:
    """The figures of the last snapshots, and of now."""
    days, backlog, bands = read_days(), read_backlog(), read_bands()
    last = Snapshot.objects.first()
    context: dict[str, Any] = {
        "days": days, "backlog": backlog, "bands": bands, "last": last, "now": timezone.now(),
        "pauses": pauses(),
        "decided": Share(sum(band.same.part for band in bands), sum(band.same.whole for band in bands)),
    }  # fmt: skip
    context |= charts(days, backlog, bands)
    return render(request, "crm/matching/figures.html", context | (of_snapshot(last) if last else {}))


def charts(days: list[Day], backlog: Backlog, bands: list[Band]) -> dict[str, Any]:
    """The charts, and how their figures change."""
    rate = [Point(said_day(day.day), day.rate) for day in days]
    waiting = [Point(said_day(day.day), day.backlog) for day in days]
    return {
        "rate": change_of_rate(days),
        "waiting": change_of_backlog(days, backlog.count),
        "rate_chart": line("Duplicates found by day, per 1,000 customers", rate) if rate else "",
        "backlog_chart": line("Reviews that wait, by day", waiting) if waiting else "",
        "bands_chart": shares("Share of the decided pairs that were the same, by weight", bands),
    }


def of_snapshot(last: Snapshot) -> dict[str, Any]:
    """What the last snapshot tells, in words and rows."""
    told: Mapping[str, Any] = last.figures
    sizes = {customer: count for customer, count in told.get("largest", [])}
    shown = portraits(sizes)
    newest = Identifier.objects.select_related("customer").in_bulk(told.get("newest_shared", []))
    links, undone = told.get("links", {}), told.get("undone", {})
    return {
        "customers": told.get("customers", 0),
        "largest": [(shown[one], count) for one, count in sizes.items() if one in shown],
        "shared": [
            (Identifier.Shared(reason).label, count) for reason, count in sorted(told.get("shared", {}).items())
        ],
        "newest": [newest[one] for one in told.get("newest_shared", []) if one in newest],
        "held": counted(Link.Held, told.get("held", {})),
        "undone": [(Link.Basis(name).label, Share(undone.get(name, 0), links[name])) for name in sorted(links)],
    }


def counted(words: type[TextChoices], counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """(a reason in words, how many)."""
    return [(str(words(reason).label), count) for reason, count in sorted(counts.items())]
