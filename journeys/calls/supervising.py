"""The queues as they are now, for whoever supervises them: who waits and how long, who talks, who is ready."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from crm.privacy.actors import Actor
from crm.sql import cursor
from journeys.calls.models import Agent, Call, PresenceChange, Queue
from journeys.calls.popping import RINGS, TALKS, Pop, pops_of
from journeys.calls.presence import be

MOST = 500  # calls that go on, the longest first
WAITING_SHOWN = 8  # of a queue
BOARD = ("calls", "agents")  # what is announced that concerns the board
# Averages in seconds. A call that rings still is neither answered nor missed.
TODAY = """
    SELECT queue_id, count(*) FILTER (WHERE answered_at IS NOT NULL),
        count(*) FILTER (WHERE answered_at IS NULL AND state = 'ended'),
        extract(epoch FROM avg(answered_at - rang_at))::float,
        extract(epoch FROM avg(ended_at - answered_at))::float
    FROM journeys_call WHERE rang_at >= %s GROUP BY queue_id
"""


@dataclass(frozen=True, slots=True)
class Today:
    """What became of a queue's calls since midnight. wait, talk: seconds on average, None of no call."""

    answered: int = 0
    missed: int = 0
    wait: float | None = None
    talk: float | None = None


@dataclass(slots=True)
class Line:
    """A queue now. waiting: the longest first, as far as they are shown; count: of all that wait."""

    label: str
    today: Today
    ready: int = 0
    waiting: list[Pop] = field(default_factory=list)
    count: int = 0
    talking: int = 0
    longest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """An agent now. call: the one they talk on, or that rings for them; set_by: who else set their presence last."""

    agent: Agent
    call: Pop | None
    set_by: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that the supervisor's page shows. is_cut: more calls go on than were looked at."""

    lines: list[Line]
    people: list[Person]
    is_cut: bool = False


def board(actor: Actor, now: datetime, midnight: datetime) -> Board:
    """The queues and agents as they are now, as somebody may see them."""
    calls = going_on(now)
    pops = {pop.call.pk: pop for pop in pops_of(calls, actor)}
    agents = list(Agent.objects.filter(user__is_active=True).select_related("user").prefetch_related("queues"))
    lines = lines_of(calls, pops, agents, midnight)
    set_by, theirs = set_by_others(agents), {call.agent_id: pops[call.pk] for call in reversed(calls) if call.agent_id}
    people = [Person(one, theirs.get(one.pk), set_by.get(one.pk, "")) for one in sorted(agents, key=str)]
    return Board(lines, people, len(calls) == MOST)


def going_on(now: datetime) -> list[Call]:
    """The calls that ring or are talked, the longest first."""
    rings = Q(state=Call.State.RINGING, rang_at__gt=now - RINGS)
    talks = Q(state=Call.State.ANSWERED, rang_at__gt=now - TALKS)
    return list(Call.objects.filter(rings | talks).select_related("queue", "agent__user").order_by("rang_at")[:MOST])


def lines_of(calls: Sequence[Call], pops: dict[int, Pop], agents: Sequence[Agent], midnight: datetime) -> list[Line]:
    """Each queue, with its calls; calls of no queue make one of their own where there are any."""
    today = today_of(midnight)
    lines = {one.pk: Line(one.label, today.get(one.pk, Today())) for one in Queue.objects.order_by("label")}
    nowhere = Line("No queue", today.get(None, Today()))
    for call in calls:
        add(lines.get(call.queue_id or 0, nowhere), call, pops[call.pk])
    for agent in agents:
        for queue in agent.queues.all() if agent.presence == Agent.Presence.READY else ():
            lines[queue.pk].ready += 1
    has_more = nowhere.count or nowhere.talking or nowhere.today.answered or nowhere.today.missed
    return [*lines.values(), *([nowhere] if has_more else [])]


def add(line: Line, call: Call, pop: Pop) -> None:
    """Count a call of a queue that goes on."""
    if call.state == Call.State.ANSWERED:
        line.talking += 1
        return
    line.count += 1
    line.longest = line.longest or call.rang_at
    if len(line.waiting) < WAITING_SHOWN:
        line.waiting.append(pop)


def today_of(midnight: datetime) -> dict[int | None, Today]:
    with cursor() as sql:
        return {queue: Today(*told) for queue, *told in sql.execute(TODAY, [midnight])}


def set_by_others(agents: Sequence[Agent]) -> dict[int, str]:
    """Who set the presence that stands, where that was not the agent."""
    since: dict[int, Any] = {one.pk: one.since for one in agents}
    changes = PresenceChange.objects.filter(agent__in=since).order_by("agent", "-pk").distinct("agent")
    return {
        one.agent_id: one.actor.get_full_name() or one.actor.get_username()
        for one in changes.select_related("actor")
        if one.at >= since[one.agent_id]
    }


@transaction.atomic
def set_presence_of(agent: Agent, presence: str, actor: User) -> bool:
    """Have somebody else ready or away, and keep who did it; False where they talk: only away is heard then."""
    standing = Agent.objects.select_for_update().get(pk=agent.pk)
    if standing.presence == Agent.Presence.ON_CALL and presence != Agent.Presence.AWAY:
        return False
    be(standing, presence)
    PresenceChange.objects.create(agent=standing, presence=presence, actor=actor)
    return True
