"""The admins' pages: sources, how they do and how to connect them; failed deliveries; reconciliation."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import select_template
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.asked import number_of
from crm.privacy.access import requires
from crm.privacy.roles import ADMINISTERS
from crm.sources.models import Source, new_secret
from integrations.inbox import connecting, failures
from integrations.inbox.forms import SecretForm, SettingsForm, SourceForm
from integrations.inbox.health import Health, read_health, rejections_of
from integrations.inbox.models import FailedDelivery
from integrations.inbox.pausing_pages import examples_of
from integrations.inbox.reconciling import balances
from integrations.inbox.replaying import replay
from integrations.sources import SOURCES

JUST_MADE = "source_just_made"  # in the session: the source whose secret the next page shows


@requires(*ADMINISTERS)
@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """Every source's health at a glance."""
    now = timezone.now()
    return render(request, "integrations/sources.html", {"all_health": read_health(now), "now": now})


@requires(*ADMINISTERS)
@require_http_methods(["GET", "POST"])
def add_source(request: HttpRequest) -> HttpResponse:
    """Choose a provider, then fill in what it needs."""
    adapter = SOURCES.get(request.GET.get("adapter", ""))
    if adapter is None:
        return render(request, "integrations/choose.html", {"choices": connecting.choices()})
    form = SourceForm(request.POST or None, adapter=adapter)
    if form.is_valid():
        source = form.save()
        request.session[JUST_MADE] = source.public_id
        messages.success(request, f"{source.name} is ready. Connect it as said below.")
        return redirect("source", source.public_id)
    context = {"form": form, "adapter": adapter, "provider": connecting.title_of(adapter.name)}
    return render(request, "integrations/add.html", context, status=400 if form.errors else 200)


@requires(*ADMINISTERS)
@require_GET
def source(request: HttpRequest, public_id: str) -> HttpResponse:
    """One source: how to connect it, how it does, what it was refused for."""
    health = health_of(public_id)
    found = health.source
    is_fresh = request.session.pop(JUST_MADE, None) == public_id
    address = connecting.address_of(found, request, with_secret=is_fresh)
    guide = select_template(list(connecting.guides(SOURCES.get(found.adapter), found.adapter)))
    context = {
        "source": found,
        "provider": connecting.title_of(found.adapter),
        "health": health,
        "address": address,
        "guide": guide.render({"address": address, "source": found}, request),
        "rejections": rejections_of(found),
        "examples": examples_of(found),
        "secret_hint": connecting.SECRETS.get(found.adapter, ""),
        "shown": connecting.settings_shown(found),
    }
    return render(request, "integrations/source.html", context)


def health_of(public_id: str) -> Health:
    for health in read_health(timezone.now()):
        if health.source.public_id == public_id:
            return health
    raise Http404("There is no such source.")


@requires(*ADMINISTERS)
@require_http_methods(["GET", "POST"])
def change_source(request: HttpRequest, public_id: str) -> HttpResponse:
    """A source's name and country, and the settings of its adapter."""
    found = get_object_or_404(Source, public_id=public_id, adapter__in=SOURCES)
    form = SettingsForm(request.POST or None, adapter=SOURCES[found.adapter], source=found)
    if form.is_valid():
        form.save()
        messages.success(request, f"{found.name} was changed. What comes in from now on is read so.")
        return redirect("source", public_id)
    context = {"form": form, "source": found, "provider": connecting.title_of(found.adapter)}
    return render(request, "integrations/change.html", context, status=400 if form.errors else 200)


@requires(*ADMINISTERS)
@require_POST
def switch_source(request: HttpRequest, public_id: str) -> HttpResponse:
    """Disable a source, or enable it again."""
    found = get_object_or_404(Source, public_id=public_id)
    is_on = request.POST.get("enabled") == "yes"
    found.disabled_at = None if is_on else (found.disabled_at or timezone.now())
    found.save(update_fields=["disabled_at"])
    said = "takes events again" if is_on else "is disabled: within seconds its requests are refused"
    messages.success(request, f"{found.name} {said}.")
    return redirect("source", public_id)


@requires(*ADMINISTERS)
@require_POST
def replace_secret(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a source the secret that was filled in, or a new one, and show it once."""
    found = get_object_or_404(Source, public_id=public_id)
    form = SecretForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A secret has at most 200 characters; nothing was changed.")
        return redirect("source", public_id)
    found.secret = form.cleaned_data["secret"] or new_secret()
    found.save(update_fields=["secret"])
    request.session[JUST_MADE] = public_id
    messages.success(request, f"The secret of {found.name} was replaced.")
    return redirect("source", public_id)


@requires(*ADMINISTERS)
@require_GET
def failed_deliveries(request: HttpRequest) -> HttpResponse:
    """Failed deliveries, latest first, and what they failed for."""
    public_id, reason, before = (request.GET.get(name, "").replace("\0", "") for name in ("source", "reason", "before"))
    chosen = get_object_or_404(Source, public_id=public_id) if public_id else None
    page = failures.read_page(chosen, reason, number_of(before))
    context: dict[str, Any] = {"page": page, "chosen": chosen, "reason": reason, "is_first": not before}
    return render(request, "integrations/failed.html", context | {"reasons": failures.reasons()})


@requires(*ADMINISTERS)
@require_GET
def failed_delivery(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """One failed delivery: why, and the raw body as it came."""
    found = FailedDelivery.objects.select_related("delivery", "source").filter(pk=delivery_id).first()
    if found is None:
        raise Http404("This delivery is not among the failed ones: it was replayed, or never failed.")
    body = failures.readable(found.delivery)
    return render(request, "integrations/failure.html", {"failure": found, "body": body})


@requires(*ADMINISTERS)
@require_POST
def replay_deliveries(request: HttpRequest) -> HttpResponse:
    """Put failed deliveries back in the queue: those that were ticked, or all that failed for one reason."""
    ids = [number for text in request.POST.getlist("delivery") if (number := number_of(text)) is not None]
    public_id, reason = (request.POST.get(name, "").replace("\0", "") for name in ("source", "reason"))
    if reason:
        chosen = get_object_or_404(Source, public_id=public_id)
        ids = failures.with_reason(chosen, reason)
    count = replay(ids)
    if not count:
        messages.warning(request, "Nothing was replayed: tick the deliveries first, or they were replayed already.")
    else:
        messages.success(request, told(count, is_capped=len(ids) == failures.AT_ONCE))
    return redirect("failed-deliveries")


def told(count: int, *, is_capped: bool) -> str:
    """What came of a replay."""
    what = "1 delivery is" if count == 1 else f"{count:,} deliveries are"
    rest = " There may be more with this reason: replay it again." if is_capped else ""
    return f"{what} back in the queue. What fails again comes back here.{rest}"


@requires(*ADMINISTERS)
@require_GET
def reconciliation(request: HttpRequest) -> HttpResponse:
    """For each source: sent = recorded + duplicates + failed + rejected + pending."""
    accounts = balances()
    columns = ("sent", "recorded", "duplicates", "failed", "rejected", "pending", "difference")
    totals = {column: sum(cast(int, getattr(account, column)) for account in accounts) for column in columns}
    paused = set(Source.objects.exclude(paused_at=None).values_list("public_id", flat=True))
    context = {"accounts": accounts, "totals": totals, "now": timezone.now(), "paused": paused}
    return render(request, "integrations/reconciliation.html", context)
