"""The supervisor's page of the queues: who waits, who talks, who is ready, kept up to date by itself."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.hub import stream
from crm.privacy.access import requires, signed_in
from crm.privacy.roles import SUPERVISES
from journeys.calls.models import Agent
from journeys.calls.supervising import BOARD, board
from journeys.calls.supervising import set_presence_of as set_presence

SET = (Agent.Presence.READY, Agent.Presence.AWAY)
CALM = 1.0  # seconds in which further news becomes one
supervisors = requires(*SUPERVISES)


@supervisors
@require_GET
@never_cache
def queues(request: HttpRequest) -> HttpResponse:
    """Every queue and agent."""
    return render(request, "journeys/calls/queues.html", shown(request))


@supervisors
@require_GET
@never_cache
def queues_now(request: HttpRequest) -> HttpResponse:
    """The same, as the part of the page that is drawn anew."""
    return render(request, "journeys/calls/parts/board.html", shown(request))


def shown(request: HttpRequest) -> dict[str, Any]:
    """What the templates show."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"board": board(request.user, now, midnight), "now": now}


@supervisors
async def queues_stream(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events: `news` whenever a call or somebody's presence changed."""
    return stream(*BOARD, calm=CALM)


@supervisors
@require_POST
def set_presence_of(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Have an agent ready, or away (`presence`)."""
    agent, wanted = get_object_or_404(Agent.objects.select_related("user"), pk=agent_id), request.POST.get("presence")
    if wanted not in SET:
        return HttpResponseBadRequest(f"presence is one of: {', '.join(SET)}")
    if not set_presence(agent, wanted, signed_in(request)):
        messages.error(request, f"{agent} is on a call: they can only be set away until it ends.")
    return redirect("queues")
