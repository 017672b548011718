"""Supervisors see who waits, who talks and who is ready, and nothing that they may not."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from crm.privacy.tests.signing import signed_in
from journeys.calls.models import Agent, Call, PresenceChange, Queue
from journeys.desk.tests.factories import anna
from journeys.tests.factories import source, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return signed_in("admin")


@pytest.fixture
def bahamas() -> Queue:
    return Queue.objects.create(name="bahamas", label="Bahamas", is_default=True)


@pytest.fixture
def priya(bahamas: Queue) -> Agent:
    made = Agent.objects.create(user=user("agent", "priya"), presence="ready", skills={"bahamas": 4})
    made.queues.add(bahamas)
    return made


def rang(queue: Queue | None, seconds: float, state: str = "ringing", **more: Any) -> Call:
    at = timezone.now() - timedelta(seconds=seconds)
    return Call.objects.create(
        source=source("phones", "telephony"), call_id=str(uuid4()), state=state, queue=queue, rang_at=at, **more
    )


def text(client: Client, address: str = "/queues/now/") -> str:
    return " ".join(client.get(address).content.decode().split())


def test_who_waits_stands_there_the_longest_first(admin: Client, bahamas: Queue, priya: Agent) -> None:
    rang(bahamas, 30, line="+447700900142")
    first = rang(bahamas, 95)
    rang(bahamas, 60 * 40)  # its end was never told
    told = text(admin)
    assert '<dt>waiting</dt> <dd class="num"> 2 </dd>' in told
    assert told.index(str(first.public_id)) < told.index("Somebody new")
    assert ">1:3" in told
    assert "1 ready" in told


def test_a_caller_is_named_only_where_it_is_as_good_as_sure(admin: Client, bahamas: Queue) -> None:
    customer = anna()
    call = rang(bahamas, 5, line="+447700900142", customer=customer, confidence=0.95)
    assert "Anna Whitfield" in text(admin)
    Call.objects.filter(pk=call.pk).update(confidence=0.5)
    assert "Anna Whitfield" not in text(admin)


def test_what_became_of_todays_calls_is_counted(admin: Client, bahamas: Queue) -> None:
    now = timezone.now()
    rang(bahamas, 0.3, "ended", answered_at=now + timedelta(seconds=20), ended_at=now + timedelta(seconds=140))
    rang(bahamas, 0.2, "ended", ended_at=now)
    rang(bahamas, 60 * 60 * 30, "ended", ended_at=now)
    told = text(admin)
    assert "Today 1 answered, 1 missed; on average 20 s until answered, 2 min talked" in told


def test_an_agent_stands_with_their_call_and_what_they_know(admin: Client, bahamas: Queue, priya: Agent) -> None:
    call = rang(bahamas, 20, "answered", agent=priya, answered_at=timezone.now())
    told = text(admin)
    assert "bahamas 4" in told
    assert f"/desk/calls/{call.public_id}/" in told
    assert "answered" in told


def test_a_supervisor_sets_somebody_away_and_it_is_kept_who_did(admin: Client, priya: Agent) -> None:
    admin.post(f"/queues/agents/{priya.pk}/presence/", {"presence": "away"})
    priya.refresh_from_db()
    assert priya.presence == "away"
    change = PresenceChange.objects.get()
    assert (change.agent, change.presence, change.actor.groups.get().name) == (priya, "away", "admin")
    assert f"set by {change.actor.username}" in text(admin)
    client = Client()
    client.force_login(priya.user)
    client.post("/desk/presence/", {"presence": "ready"})
    assert "set by" not in text(admin)
    assert admin.post(f"/queues/agents/{priya.pk}/presence/", {"presence": "on_call"}).status_code == 400


def test_somebody_on_a_call_can_be_set_away_but_not_ready(admin: Client, priya: Agent) -> None:
    Agent.objects.update(presence="on_call")
    answer = admin.post(f"/queues/agents/{priya.pk}/presence/", {"presence": "ready"}, follow=True)
    assert "is on a call" in answer.content.decode()
    priya.refresh_from_db()
    assert priya.presence == "on_call"
    admin.post(f"/queues/agents/{priya.pk}/presence/", {"presence": "away"})
    priya.refresh_from_db()
    assert priya.presence == "away"


def test_without_queues_it_says_what_to_do(admin: Client) -> None:
    told = text(admin, "/queues/")
    assert "Make the queues that your phone system has" in told
    assert "Nobody answers calls yet" in told


def test_only_supervisors_see_the_queues(priya: Agent) -> None:
    for role in ("agent", "marketer", "privacy"):
        client = signed_in(role)
        assert client.get("/queues/").status_code == client.get("/queues/now/").status_code == 403
        assert client.post(f"/queues/agents/{priya.pk}/presence/", {"presence": "away"}).status_code == 403
