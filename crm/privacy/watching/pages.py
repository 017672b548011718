"""The page of alerts: who looked at unusually many, and what the privacy officer found out about it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.privacy.access import requires, signed_in
from crm.privacy.audit.models import Act
from crm.privacy.audit.noting import note
from crm.privacy.roles import OVERSEES, WATCHES
from crm.privacy.watching.models import Alert
from crm.privacy.watching.noticing import UNNOTICED

SHOWN = 100


@requires(*OVERSEES)
@require_GET
@never_cache
def alerts(request: HttpRequest) -> HttpResponse:
    """Unusual amounts of viewing, those that nobody has looked into first."""
    waiting = list(Alert.objects.filter(closed_at=None).order_by("-pk")[:SHOWN])
    closed = Alert.objects.exclude(closed_at=None).select_related("closed_by").order_by("-pk")[:SHOWN]
    limits = [(what.label, UNNOTICED[what]) for what in Alert.What]
    return render(request, "crm/watching/alerts.html", {"waiting": waiting, "closed": closed, "limits": limits})


@requires(*WATCHES)
@require_POST
def close_alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Keep what was found out about an alert, which is done with by that."""
    alert, said = get_object_or_404(Alert, pk=alert_id), " ".join(request.POST.get("note", "").split())[:500]
    if not said:
        messages.error(request, "Say what you found out, in a few words: it is kept with the alert.")
        return redirect("alerts")
    actor = signed_in(request)
    done = Alert.objects.filter(pk=alert.pk, closed_at=None).update(
        note=said, closed_at=timezone.now(), closed_by=actor
    )
    if done:
        note(actor, Act.SET, subject=f"looked into the alert {alert.pk} about {alert.actor}"[:300])
        messages.success(request, "It is kept with the alert.")
    else:
        messages.error(request, "Somebody else has looked into it; what they found out stands there.")
    return redirect("alerts")
