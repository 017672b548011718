"""What agents' screens ask of calls by themselves: news, the calls that are open, their presence."""

import uuid

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm.hub import stream
from crm.privacy.access import requires
from crm.privacy.roles import WORKS
from crm.returning import back
from journeys.calls.models import Agent, Call
from journeys.calls.popping import agent_of, open_calls, pops_of, topics_of
from journeys.calls.presence import CHOSEN, be

CALM = 0.02  # seconds in which further news becomes one


def agent_or_404(request: HttpRequest) -> Agent:
    found = agent_of(request.user.pk)
    if found is None:
        raise Http404("you answer no calls; an admin makes you an agent under Routing")
    return found


@requires(*WORKS)
async def calls_stream(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events: `news` whenever a call of this agent, or of their queues, changed."""
    topics = await sync_to_async(lambda: topics_of(agent_or_404(request)))()
    return stream(*topics, calm=CALM)


@requires(*WORKS)
def calls_open(request: HttpRequest) -> HttpResponse:
    """The calls that this agent should see now, as they pop up. X-Presence: what they are."""
    agent = agent_or_404(request)
    response = render(
        request, "journeys/calls/pops.html", {"pops": pops_of(open_calls(agent, timezone.now()), request.user)}
    )
    response["X-Presence"], response["X-Presence-State"] = Agent.Presence(agent.presence).label, agent.presence
    response["Cache-Control"] = "no-store"
    return response


@requires(*WORKS)
def call_card(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One call, as it pops up."""
    call = get_object_or_404(Call.objects.select_related("queue", "agent__user"), public_id=public_id)
    return render(request, "journeys/calls/pops.html", {"pops": pops_of([call], request.user)})


@require_POST
@requires(*WORKS)
def set_presence(request: HttpRequest) -> HttpResponse:
    """Be ready, wrapping up or away."""
    wanted = request.POST.get("presence", "")
    if wanted not in CHOSEN:
        return HttpResponseBadRequest("presence is one of: " + ", ".join(CHOSEN))
    be(agent_or_404(request), wanted)
    return back(request, "customers")
