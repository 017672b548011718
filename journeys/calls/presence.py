"""An agent's presence in the bar of every page, and where their calls pop up: a tag that every template has."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from crm.live import announce
from journeys.calls.models import Agent

register = template.Library()
HOUR = 3_600  # seconds

CHOSEN = (Agent.Presence.READY, Agent.Presence.WRAP_UP, Agent.Presence.AWAY)  # the phone system says who is on a call


@register.inclusion_tag("journeys/calls/presence.html", takes_context=True)
def presence(context: dict[str, Any], now: Agent.Presence | None) -> dict[str, Any]:
    """Where an agent says whether they take calls; nothing for others, who have no presence."""
    return {"now": now, "choices": CHOSEN, "request": context.get("request"), "csrf_token": context.get("csrf_token")}


@register.filter
def lasted(since: datetime, now: datetime) -> str:
    """How long something lasts, as a clock shows it: 4:05 min, or 1:20 h."""
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < HOUR:
        return f"{seconds // 60}:{seconds % 60:02} min"
    return f"{seconds // HOUR}:{seconds // 60 % 60:02} h"


def be(agent: Agent, presence: str) -> None:
    """Have an agent ready, wrapping up or away from now on, and tell whoever watches."""
    changed = Agent.objects.filter(pk=agent.pk).exclude(presence=presence)
    if changed.update(presence=presence, since=timezone.now()):
        announce(f"agent:{agent.pk}", "agents")
