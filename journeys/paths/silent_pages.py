"""The page of those who gave up and never called, and a segment made of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.asked import number_of
from crm.privacy.access import brands_of, knows_customers, requires, signed_in
from crm.privacy.roles import EXPLORES
from journeys.paths.abandonment import AbandonmentDefinition
from journeys.paths.abandonment_asking import asked_of, report_of
from journeys.paths.segmenting import segment_of
from journeys.paths.silent import listed
from journeys.segments import ruling
from journeys.segments.models import CustomerSegment

explorers = requires(*EXPLORES)


@explorers
@require_GET
@never_cache
def silent(request: HttpRequest) -> HttpResponse:
    """Who gave up and never called, as far as they allow marketing."""
    asked = asked_of(request.GET.dict(), timezone.localdate(), list(AbandonmentDefinition.objects.all()))
    if asked is None:
        return redirect("abandoned")
    made = segment_of(asked.definition)
    report = report_of(asked, brands_of(request.user), timezone.now())
    context = {
        "asked": asked, "found": listed(report, request.user, place_of(request.GET.get("before", ""))),
        "is_later": "before" in request.GET, "is_veiled": not knows_customers(request.user),
        "segment": made, "kept": made and CustomerSegment.objects.filter(definition=made.definition).first(),
    }  # fmt: skip
    return render(request, "journeys/paths/silent.html", context)


def place_of(told: str) -> tuple[int, int] | None:
    """Where a page begins: seconds and a customer's number, with a hyphen between."""
    at, _, customer = told.partition("-")
    first, second = number_of(at), number_of(customer)
    return None if first is None or second is None else (first, second)


@explorers
@require_POST
def segment_silent(request: HttpRequest) -> HttpResponse:
    """Make a segment of whoever gives up and does not call, and allows marketing."""
    asked = asked_of(request.POST.dict(), timezone.localdate(), list(AbandonmentDefinition.objects.all()))
    made = segment_of(asked.definition) if asked else None
    if made is None:
        messages.error(request, "A segment cannot ask for that: make one that comes near, under Segments.")
        return redirect("abandoned")
    try:
        ruling.save(made, signed_in(request))
    except ruling.SegmentRefused as refused:
        messages.error(request, f"Not made: {refused}.")
        return redirect("segments")
    messages.success(request, f"{made.name}: made. Who is in it is worked out in the background, and kept up.")
    return redirect("segment", made.pk)
