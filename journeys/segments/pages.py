"""The pages of segments: all of them, one with its course and who is in it, and making or changing one."""

import csv
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.asked import number_of, older
from crm.privacy.access import followable_customers, knows_customers, requires, signed_in
from crm.privacy.actors import Actor
from crm.privacy.roles import EXPLORES
from crm.profile.portraits import portraits_for
from journeys.segments import ruling
from journeys.segments.definitions import read, said, written
from journeys.segments.forms import SegmentForm
from journeys.segments.models import CustomerSegment, Member, Passage, SegmentChange
from journeys.segments.showing import chart, course, guess, sizes_now

SHOWN = 50  # members of a page
PASSAGES = 20
explorers = requires(*EXPLORES)


@explorers
@require_GET
@never_cache
def segments(request: HttpRequest) -> HttpResponse:
    """Every segment, and every change of them."""
    found = list(CustomerSegment.objects.all())
    sizes = sizes_now(request.user, [one.pk for one in found])
    context = {
        "segments": [(one, said(read(one.definition)), sizes[one.pk]) for one in found],
        "changes": SegmentChange.objects.select_related("actor")[:PASSAGES],
    }
    return render(request, "journeys/segments/all.html", context)


@explorers
@require_GET
@never_cache
def segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """One segment: how large it was day by day, who came and went, and who is in it."""
    found = get_object_or_404(CustomerSegment, pk=segment_id)
    if request.headers.get("HX-Request") and found.walk is not None:
        return render(request, "journeys/segments/parts/walking.html", {"segment": found})
    points = course(request.user, found.pk, timezone.localdate())
    context = {
        "segment": found, "words": said(read(found.definition)), "points": points[::-1], "chart": chart(points),
        "size": points[-1][1], "is_veiled": not knows_customers(request.user),
    } | members_of(request, found) | {"passages": passages_of(request.user, found)}  # fmt: skip
    page = render(request, "journeys/segments/one.html", context)
    if request.headers.get("HX-Request"):
        page.headers["HX-Refresh"] = "true"  # everybody was looked at: the page shows who is in it
    return page


def members_of(request: HttpRequest, found: CustomerSegment) -> dict[str, Any]:
    """A page of who is in it, the last who came first."""
    before = number_of(request.GET.get("before", ""))
    in_sight = followable_customers(request.user).values("pk")
    rows = Member.objects.filter(segment=found, customer_id__in=in_sight).order_by("-pk")
    page, following = older(rows, before, SHOWN)
    people = portraits_for(request.user, [one.customer_id for one in page])
    members = [(people[one.customer_id], one.since) for one in page if one.customer_id in people]
    return {"members": members, "next": following, "is_later": before is not None}


def passages_of(actor: Actor, found: CustomerSegment) -> list[tuple[Any, Passage]]:
    """Who came and went last."""
    last = list(Passage.objects.filter(segment=found).order_by("-pk")[:PASSAGES])
    people = portraits_for(actor, {one.customer_id for one in last})
    return [(people[one.customer_id], one) for one in last if one.customer_id in people]


@explorers
@require_GET
@never_cache
def segment_sizes(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The course of a segment's size, as a spreadsheet."""
    found = get_object_or_404(CustomerSegment, pk=segment_id)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="segment-{found.pk}.csv"'
    writer = csv.writer(answer)
    writer.writerow(["day", "customers"])
    writer.writerows((on.isoformat(), size) for on, size in course(request.user, found.pk, timezone.localdate(), 366))
    return answer


@explorers
@require_http_methods(["GET", "POST"])
@never_cache
def change_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Change a segment (0: make one). How large it may be is guessed with every change; `act=save` keeps it."""
    found = get_object_or_404(CustomerSegment, pk=segment_id) if segment_id else CustomerSegment()
    standing = read(found.definition) if found.definition else None
    form, context = SegmentForm(request.POST or None, name=found.name, definition=standing), dict[str, Any]()
    if form.is_valid():
        found.name, found.definition = form.cleaned_data["name"], written(form.definition)
        if request.POST.get("act") == "save":
            return saved(request, found)
        context = {"words": said(form.definition), "guess": guess(form.definition, request.user, timezone.now())}
    return render(request, "journeys/segments/change.html", {"form": form, "segment": found, **context})


def saved(request: HttpRequest, found: CustomerSegment) -> HttpResponse:
    try:
        ruling.save(found, signed_in(request))
    except ruling.SegmentRefused as refused:
        messages.error(request, f"Not kept: {refused}.")
        return redirect("segments")
    messages.success(request, f"{found.name}: kept. Who is in it is worked out in the background.")
    return redirect("segment", found.pk)


@explorers
@require_POST
def remove_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Remove a segment."""
    found = get_object_or_404(CustomerSegment, pk=segment_id)
    ruling.remove(found, signed_in(request))
    messages.success(request, f"{found.name}: removed. It can be undone below.")
    return redirect("segments")


@explorers
@require_POST
def undo_segments(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take the last change back."""
    change = get_object_or_404(SegmentChange, pk=change_id)
    if ruling.undo(change, signed_in(request)):
        messages.success(request, f"{change.undone}. Who is in what was changed is worked out again.")
    else:
        messages.error(request, "Something else was changed since; undo that first.")
    return redirect("segments")
