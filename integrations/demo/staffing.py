"""Northstar's people who answer, their queues, and the rules by which calls reach them."""

from typing import Any

from django.contrib.auth.models import Group, User

from crm.privacy.models import Role
from journeys.calls.models import Agent, Queue, RoutingRule

QUEUES = {"general": "General", "bahamas": "Bahamas", "bookings": "Bookings", "care": "Customer care"}
LOGIN = "agent"  # of `manage.py up --demo`
TEAM = {  # login -> (name, skills, queues)
    LOGIN: ("Ana Ramos", {"bahamas": 4, "bookings": 3}, ("general", "bahamas")),
    "priya.nair": ("Priya Nair", {"bahamas": 5, "maldives": 4}, ("bahamas", "bookings")),
    "callum.reid": ("Callum Reid", {"care": 4, "bookings": 2}, ("general", "care")),
}


def ensure_team() -> None:
    """Make the queues, the agents and the rules, unless there are any queues: then people have their own."""
    if Queue.objects.exists():
        return
    queues = {
        name: Queue.objects.create(name=name, label=label, is_default=name == "general")
        for name, label in QUEUES.items()
    }
    for login, (name, skills, takes) in TEAM.items():
        if user := person(login, name):
            extension = f"client:{name.lower().replace(' ', '.')}"
            agent = Agent.objects.create(user=user, extension=extension, skills=skills, presence="ready")
            agent.queues.set(queues[one] for one in takes)
    rules(queues)


def person(login: str, name: str) -> User | None:
    """Somebody of the team; the demonstration's own login is theirs who sign in with it, and is not made here."""
    given, _, surname = name.partition(" ")
    if login == LOGIN:
        found = User.objects.filter(username=LOGIN, agent=None)
        found.filter(first_name="").update(first_name=given, last_name=surname)
        return found.first()
    user, is_new = User.objects.get_or_create(username=login, defaults={"first_name": given, "last_name": surname})
    if is_new:
        user.set_unusable_password()
        user.save()
        user.groups.add(Group.objects.get_or_create(name=Role.AGENT)[0])
    return user


def rules(queues: dict[str, Queue]) -> None:
    """Who is unhappy first, then what somebody looked at, then what they gave up. In shadow: who calls often."""
    bahamas = [{"fact": "pages", "about": "bahamas", "is": "at least", "value": 3}]
    told: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = [
        ("Unhappy, and something is open", [{"fact": "mood", "is": "at most", "value": -0.3},
         {"fact": "open_case", "is": "is", "value": "yes"}], {"queue": queues["care"]}),
        ("Looks at the Bahamas", bahamas,
         {"skill": "bahamas", "level": 3, "timeout": 20, "next_queue": queues["bahamas"]}),
        ("Gave a quote up", [{"fact": "abandoned", "is": "has", "value": "quote"}], {"queue": queues["bookings"]}),
    ]  # fmt: skip
    for position, (name, conditions, where) in enumerate(told, 1):
        RoutingRule.objects.create(position=position, name=name, conditions=conditions, is_live=True, **where)
    RoutingRule.objects.create(
        position=len(told) + 1, name="Calls often", conditions=[{"fact": "calls", "is": "at least", "value": 3}],
        is_shadow=True, queue=queues["care"], timeout=60, next_queue=queues["general"],
    )  # fmt: skip
