"""The admins' pages of a paused source: let it go on, take back what it joined, say whether it may join at all."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.batches.pages import AT_ONCE
from crm.batches.running import carry_on
from crm.batches.withdrawals import prepare
from crm.identity.models import Link
from crm.privacy.access import requires, signed_in
from crm.privacy.roles import ADMINISTERS
from crm.sources.models import Source
from integrations.inbox.pausing import resume, waiting

EXAMPLES = 6
WITHOUT_A_PAUSE = timedelta(hours=1)  # what is offered to be taken back


@requires(*ADMINISTERS)
@require_POST
def resume_source(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a paused source go on, with or without joining anybody."""
    found = get_object_or_404(Source, public_id=public_id)
    is_joining = request.POST.get("joining") != "no"
    count = waiting(found)
    resume(found, signed_in(request), is_joining=is_joining)
    said = "joins customers again" if is_joining else "is recorded, and joins nobody until you say so"
    messages.success(request, f"{found.name} goes on: what it sends {said}. {count:,} that waited are being recorded.")
    return redirect("source", public_id)


@requires(*ADMINISTERS)
@require_POST
def switch_joining(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say whether what a source sees together is linked."""
    found = get_object_or_404(Source, public_id=public_id)
    found.is_joining = request.POST.get("joining") == "yes"
    found.save(update_fields=["is_joining"])
    said = "joins customers from now on" if found.is_joining else "joins nobody from now on; what it sends is recorded"
    messages.success(request, f"{found.name} {said}.")
    return redirect("source", public_id)


@requires(*ADMINISTERS)
@require_http_methods(["GET", "POST"])
@never_cache
def take_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose since when what a source joined is to be taken back; the batch then shows what that would do."""
    found = get_object_or_404(Source.objects.connected(), public_id=public_id)
    pause = found.pauses.order_by("-pk").first()
    offered = pause.since if pause else timezone.now() - WITHOUT_A_PAUSE
    if request.method == "POST":
        since = moment(request.POST.get("since", ""))
        if since is not None:
            batch = prepare(found, since, signed_in(request))
            carry_on(AT_ONCE, batch)
            return redirect("batch", batch.pk)
        messages.error(request, "Nothing was looked for: give a day and a time that is past.")
    context = {"source": found, "pause": pause, "offered": timezone.localtime(offered)}
    return render(request, "integrations/take_back.html", context)


def moment(text: str) -> datetime | None:
    """A time that was filled in, if it is one of the past."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    at = timezone.make_aware(found) if timezone.is_naive(found) else found
    return at if at <= timezone.now() else None


def examples_of(source: Source) -> list[Link]:
    """A few links by which a paused source joined customers."""
    pause = source.pause
    if pause is None:
        return []
    return list(Link.objects.filter(pk__in=pause.links).select_related("a__customer", "b__customer")[:EXAMPLES])
