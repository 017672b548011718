"""An agent's presence in the bar of every page, and where their calls pop up: a tag that every template has."""

from typing import Any

from django import template
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from journeys.calls.models import Agent
from journeys.calls.popping import agent_of

register = template.Library()

CHOSEN = (Agent.Presence.READY, Agent.Presence.WRAP_UP, Agent.Presence.AWAY)  # the phone system says who is on a call


@register.inclusion_tag("journeys/calls/presence.html", takes_context=True)
def presence(context: dict[str, Any]) -> dict[str, Any]:
    """Where an agent says whether they take calls; nothing for others."""
    request: HttpRequest | None = context.get("request")
    user = request.user if request else None
    agent = agent_of(user.pk) if isinstance(user, User) else None
    return {"agent": agent, "choices": CHOSEN, "request": request, "csrf_token": context.get("csrf_token")}


def be(agent: Agent, presence: str) -> None:
    """Have an agent ready, wrapping up or away from now on."""
    Agent.objects.filter(pk=agent.pk).exclude(presence=presence).update(presence=presence, since=timezone.now())
