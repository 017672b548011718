"""What an agent's screen shows of calls by itself: those that ring for them, wait in their queues, or are theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from crm.privacy.access import roles_of, visible_customers
from crm.privacy.actors import Actor
from crm.privacy.disclosure import Tact, disclosing
from crm.profile.portraits import portraits
from crm.reading import read
from crm.wording import phone, said_contact
from journeys.calls.models import Agent, Call

SHOWN = 3
RINGS = timedelta(minutes=30)  # a phone system that never said how a call ended is not believed longer
TALKS = timedelta(hours=4)
SURE = 0.9  # from here on a caller is named


@dataclass(frozen=True, slots=True)
class Pop:
    """A call as it pops up. who: a name, or that it is not known; why: where it goes, and how sure it is."""

    call: Call
    who: str
    doing: str
    line: str
    why: str

    @property
    def address(self) -> str:
        return f"/desk/calls/{self.call.public_id}/"

    @property
    def said(self) -> str:
        return f"Incoming call: {self.who}" if self.call.state == Call.State.RINGING else f"Your call: {self.who}"


def topics_of(agent: Agent) -> list[str]:
    """What is announced that concerns an agent: their own calls, and those of their queues."""
    queues = agent.queues.values_list("pk", flat=True)
    return [f"agent:{agent.pk}", *(f"queue:{queue}" for queue in queues)]


def open_calls(agent: Agent, now: datetime) -> list[Call]:
    """The calls that an agent should see now: theirs first, then those that wait for anybody of their queues. One that
    they wrapped up is over for them, whether or not its phone system told so.
    """
    since, going = now - RINGS, Call.objects.exclude(state=Call.State.ENDED).filter(wrapped_at=None)
    going = going.select_related("queue", "agent__user")
    mine = going.filter(
        Q(state=Call.State.RINGING, rang_at__gt=since) | Q(state=Call.State.ANSWERED),
        agent=agent,
        rang_at__gt=now - TALKS,
    )
    found = list(mine.order_by("-rang_at")[:SHOWN])
    if agent.presence == Agent.Presence.READY:
        waiting = going.filter(
            queue__in=list(agent.queues.all()), agent=None, state=Call.State.RINGING, rang_at__gt=since
        )
        found += waiting.order_by("rang_at")[: SHOWN - len(found)]
    return found


def pops_of(calls: Sequence[Call], actor: Actor) -> list[Pop]:
    """Calls as they are shown to somebody, who is told of no customer whom they may not see."""
    names = names_of({call.customer_id for call in calls if call.customer_id}, actor)
    tact = read(disclosing(roles_of(actor)))
    return [pop_of(call, names.get(call.customer_id or 0), tact) for call in calls]


def names_of(customers: Iterable[int], actor: Actor) -> dict[int, tuple[str, bool]]:
    """(name, whether anything names them) of each customer that may be seen, whatever they were joined into."""
    born = visible_customers(actor).filter(pk__in=list(customers)).select_related("born_with")
    standing = {one.pk: one.born_with.customer_id for one in born}
    shown = portraits(set(standing.values()))
    return {
        asked: (said_contact(shown[now].name), shown[now].is_known) for asked, now in standing.items() if now in shown
    }


def pop_of(call: Call, named: tuple[str, bool] | None, tact: Tact) -> Pop:
    doing = {
        Call.State.RINGING.value: "is calling" if call.agent else f"is waiting in {call.queue or 'the queue'}",
        Call.State.ANSWERED.value: "is talking to you",
    }.get(call.state, "called")
    who, line = who_of(call, named), phone(call.line) if call.line else ""
    return Pop(call, who, doing, "" if line == who else line, why_of(call, tact))


def who_of(call: Call, named: tuple[str, bool] | None) -> str:
    """Whom a call is from: one person only where that is as good as sure."""
    if named and call.confidence >= SURE:
        name, is_known = named
        return name if is_known else "A visitor of the site"
    if call.candidates:
        count = len(call.candidates)
        return f"One of {count} who may be calling" if count > 1 else "Somebody who may be known"
    return "Somebody new" if call.line else "A withheld number"


def why_of(call: Call, tact: Tact) -> str:
    """Why it is here, and how sure it is who calls."""
    sure = f"matched to a visit, {100 * call.confidence:.1f} %" if call.visitor and call.confidence else ""
    return " · ".join(filter(None, (reason_for(call, tact), sure)))


def reason_for(call: Call, tact: Tact) -> str:
    """Why a call was sent where it is; nothing where that would tell of what is hidden."""
    return "" if tact.hides(call.reason) else call.reason


def agent_of(user_id: int | None) -> Agent | None:
    """The agent that a user is, if they answer calls."""
    return Agent.objects.filter(user_id=user_id).first() if user_id else None
