"""The agent's home: the call that goes on, what is due, where they were mentioned, their cases and last calls."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crm.identity.models import Identifier
from crm.privacy.access import roles_of, signed_in, visible_customers
from crm.privacy.disclosure import Tact, disclosing
from crm.profile.portraits import Portrait, portraits
from crm.reading import read
from journeys.calls.models import Agent, Call
from journeys.calls.popping import agent_of, open_calls, reason_for
from journeys.desk.pages import at_the_desk
from journeys.work.models import Case, Mention, Promise, Task

SHOWN = 20
CALLS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Row:
    """Something on the desk, and whom it is about: None where they may not be seen. why: of a call, where it goes."""

    one: Any
    whose: Portrait | None
    why: str = ""


@at_the_desk
@require_GET
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """What there is to do."""
    user, now = signed_in(request), timezone.now()
    agent = agent_of(user.pk)
    tact = read(disclosing(roles_of(user)))
    tasks, cases, promises = list(tasks_of(user)), list(cases_of(user)), list(promises_of(user))
    mentions = list(mentions_of(user))
    going, past = (open_calls(agent, now), list(calls_of(agent))) if agent else ([], [])
    works: list[Any] = [*tasks, *cases, *promises, *(one.note for one in mentions)]
    about = {one.identifier_id for one in works}
    about |= {one.claimed_for_id or one.identifier_id for one in (*going, *past)}
    owners = portraits_of(user, filter(None, about))
    context = {
        "agent": agent, "now": now,
        "tasks": rows(seemly(tasks, tact, "what"), owners), "cases": rows(seemly(cases, tact, "subject"), owners),
        "promises": rows(seemly(promises, tact, "what"), owners),
        "mentions": [Row(one, owners.get(one.note.identifier_id)) for one in mentions if not tact.hides(one.note.body)],
        "open_calls": [call_row(one, owners, tact) for one in going],
        "calls": [call_row(one, owners, tact) for one in past if one not in going],
    }  # fmt: skip
    return render(request, "journeys/desk/home.html", context)


def tasks_of(user: User) -> Iterable[Task]:
    """What is to be done by somebody, or by anybody."""
    standing = Task.objects.filter(done_at=None, withdrawn_at=None)
    mine = standing.filter(owner=user).order_by("due_at")[:SHOWN]
    return sorted([*mine, *standing.filter(owner=None).order_by("due_at")[:SHOWN]], key=lambda one: one.due_at)[:SHOWN]


def cases_of(user: User) -> Iterable[Case]:
    return Case.objects.filter(closed_at=None, owner=user).order_by("-pk")[:SHOWN]


def promises_of(user: User) -> Iterable[Promise]:
    """What somebody promised, and nobody settled yet."""
    return Promise.objects.filter(made_by=user, kept=None, withdrawn_at=None).order_by("until")[:SHOWN]


def mentions_of(user: User) -> Iterable[Mention]:
    found = Mention.objects.filter(user=user, seen_at=None, note__withdrawn_at=None).select_related("note__author")
    return found.order_by("-pk")[:SHOWN]


def calls_of(agent: Agent) -> Iterable[Call]:
    """Somebody's calls of late, those that go on too."""
    return Call.objects.filter(agent=agent).select_related("queue").order_by("-rang_at")[:CALLS_SHOWN]


def portraits_of(user: User, identifiers: Iterable[int]) -> dict[int, Portrait]:
    """The customers of some identifiers (ids), by identifier."""
    owners = dict(Identifier.objects.filter(pk__in=set(identifiers)).values_list("pk", "customer_id"))
    may = visible_customers(user).filter(pk__in=set(owners.values())).values_list("pk", flat=True)
    found = portraits(may)
    return {identifier: found[owner] for identifier, owner in owners.items() if owner in found}


def seemly(found: Iterable[Any], tact: Tact, name: str) -> list[Any]:
    return [one for one in found if not tact.hides(getattr(one, name))]


def rows(found: Iterable[Any], owners: dict[int, Portrait]) -> list[Row]:
    return [Row(one, owners.get(one.identifier_id)) for one in found]


def call_row(one: Call, owners: dict[int, Portrait], tact: Tact) -> Row:
    """A call, and whom it is from; of a shared line that nobody was asked on, nobody."""
    found = owners.get(one.claimed_for_id or one.identifier_id or 0)
    return Row(one, None if found and found.is_shared and not one.claimed_for_id else found, reason_for(one, tact))
