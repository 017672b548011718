"""The admins' pages of outgoing webhooks: endpoints, what was sent to each, a test, a replay."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.asked import number_of, older
from crm.privacy.access import requires, signed_in
from crm.privacy.roles import ADMINISTERS
from crm.sources.models import Brand
from integrations.inbox.pausing_pages import moment
from integrations.webhooks import changing
from integrations.webhooks.events import SAID
from integrations.webhooks.forms import EndpointForm
from integrations.webhooks.models import DAYS_KEPT, Endpoint, WebhookMessage
from integrations.webhooks.showing import last_tries, readable, rows_of

SHOWN = 50  # messages on a page
JUST_MADE = "webhook_just_made"  # in the session: the endpoint whose secret the next page shows
admins = requires(*ADMINISTERS)


@admins
@require_GET
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every endpoint and how it does; those that were removed, to bring back."""
    endpoints = list(Endpoint.objects.there())
    context = {
        "endpoints": last_tries(endpoints), "now": timezone.now(), "said": SAID,
        "removed": Endpoint.objects.exclude(removed_at=None).order_by("-removed_at")[:SHOWN],
    }  # fmt: skip
    return render(request, "integrations/webhooks/webhooks.html", context)


@admins
@require_http_methods(["GET", "POST"])
@never_cache
def change_webhook(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Change an endpoint (0: add one)."""
    found = get_object_or_404(Endpoint.objects.there(), pk=endpoint_id) if endpoint_id else Endpoint()
    form = EndpointForm(request.POST or None, endpoint=found)
    if form.is_valid():
        changing.save(form.filled(), signed_in(request))
        if not endpoint_id:
            request.session[JUST_MADE] = found.pk
        messages.success(request, f"{found.name} is told of what happens from now on.")
        return redirect("webhook", found.pk)
    context = {"form": form, "endpoint": found}
    return render(request, "integrations/webhooks/change.html", context, status=400 if form.errors else 200)


@admins
@require_GET
@never_cache
def webhook(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """One endpoint: how it does, its secret once, and the latest messages to it."""
    found, now = get_object_or_404(Endpoint, pk=endpoint_id), timezone.now()
    before = number_of(request.GET.get("before", ""))
    page, following = older(found.messages.order_by("-pk"), before, SHOWN)
    context = {
        "endpoint": found, "rows": rows_of(page), "next": following, "is_first": before is None, "now": now,
        "secret": found.secret if request.session.pop(JUST_MADE, None) == found.pk else "",
        "is_overlapping": len(found.secrets(now)) > 1, "days": DAYS_KEPT,
        "events": [(event, SAID.get(event, "")) for event in found.events],
        "brand": Brand.objects.filter(word=found.brand).first() if found.brand else None,
        "since": timezone.localtime(now - timedelta(days=1)),
    }  # fmt: skip
    return render(request, "integrations/webhooks/webhook.html", context)


@admins
@require_POST
def switch_webhook(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Pause an endpoint, resume, remove it or bring it back (`act`)."""
    found, user, now = get_object_or_404(Endpoint, pk=endpoint_id), signed_in(request), timezone.now()
    act = request.POST.get("act", "")
    if act == "pause":
        changing.pause(found, user, now)
        messages.success(request, f"{found.name} is paused. What happens meanwhile waits for it.")
    elif act == "resume":
        changing.resume(found, user)
        messages.success(request, f"{found.name} is sent what waited, and what comes.")
    elif act == "remove":
        changing.remove(found, user, now)
        messages.success(
            request, f"{found.name} is removed and told nothing more. It stands below, to be brought back."
        )
    elif act == "bring-back":
        changing.bring_back(found, user)
        messages.success(request, f"{found.name} is back. What happened meanwhile is not told.")
    return redirect("webhooks" if found.removed_at else "webhook", *(() if found.removed_at else (found.pk,)))


@admins
@require_POST
def replace_webhook_secret(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Give an endpoint a new secret, shown once; the old one signs too for a day."""
    found = get_object_or_404(Endpoint.objects.there(), pk=endpoint_id)
    changing.replace_secret(found, signed_in(request), timezone.now())
    request.session[JUST_MADE] = found.pk
    messages.success(request, "There is a new secret. For 24 hours messages are signed with the old one as well.")
    return redirect("webhook", found.pk)


@admins
@require_POST
def test_webhook(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send a test now, and show what was answered."""
    found = get_object_or_404(Endpoint.objects.there(), pk=endpoint_id)
    made = changing.try_out(found, timezone.now())
    return redirect("webhook-message", found.pk, made.pk)


@admins
@require_POST
def replay_webhook(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send again what was given up since a time, or everything since then."""
    found, now = get_object_or_404(Endpoint.objects.there(), pk=endpoint_id), timezone.now()
    since = moment(request.POST.get("since", ""))
    if since is None:
        messages.error(request, "Nothing is sent again: give a day and a time that is past.")
        return redirect("webhook", found.pk)
    count = changing.replay_since(found, since, now, is_all=request.POST.get("which") == "all")
    what = "1 message is" if count == 1 else f"{count:,} messages are"
    messages.success(request, f"{what} sent again, each under its id of before.")
    return redirect("webhook", found.pk)


@admins
@require_GET
@never_cache
def webhook_message(request: HttpRequest, endpoint_id: int, message_id: int) -> HttpResponse:
    """One message: its body as it is sent, and every attempt."""
    found = get_object_or_404(WebhookMessage.objects.select_related("endpoint"), pk=message_id, endpoint_id=endpoint_id)
    context = {"message": found, "body": readable(found.body), "tries": found.tries.all()[:SHOWN]}
    return render(request, "integrations/webhooks/message.html", context)


@admins
@require_POST
def replay_message(request: HttpRequest, endpoint_id: int, message_id: int) -> HttpResponse:
    """Send one message again."""
    found = get_object_or_404(WebhookMessage, pk=message_id, endpoint_id=endpoint_id)
    changing.replay(found, timezone.now())
    messages.success(request, "It is sent again within seconds, under its id of before.")
    return redirect("webhook-message", endpoint_id, found.pk)
