"""What agents' screens ask: of their own calls only, and by nobody else."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm.privacy.tests.signing import signed_in
from journeys.calls.models import Agent, Call, Queue
from journeys.tests.factories import source, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return Agent.objects.create(user=user("agent", "priya"), presence="ready")


@pytest.fixture
def client(agent: Agent, client: Client) -> Client:
    client.force_login(agent.user)
    return client


def rang(agent: Agent | None, minutes: float = 0, **more: object) -> Call:
    told = {"state": "ringing", "line": "+447700900142", "call_id": str(uuid.uuid4()), **more}
    return Call.objects.create(
        source=source("phones", "telephony"), agent=agent, rang_at=timezone.now() - timedelta(minutes=minutes), **told
    )


def test_an_agent_sees_their_own_calls_that_are_going_on(client: Client, agent: Agent) -> None:
    mine, over = rang(agent), rang(agent, state="ended")
    old, strange = rang(agent, minutes=40), rang(Agent.objects.create(user=user("agent", "tom")))
    shown = client.get("/desk/calls/open/").content.decode()
    assert str(mine.public_id) in shown
    assert not any(str(one.public_id) in shown for one in (over, old, strange))


def test_a_queues_call_is_shown_to_those_who_are_ready(client: Client, agent: Agent) -> None:
    queue = Queue.objects.create(name="bahamas", label="Bahamas")
    agent.queues.add(queue)
    call = rang(None, queue=queue)
    assert "is waiting in Bahamas" in client.get("/desk/calls/open/").content.decode()
    client.post("/desk/presence/", {"presence": "away"})
    assert str(call.public_id) not in client.get("/desk/calls/open/").content.decode()


def test_presence_is_set_from_the_bar_and_leads_back(client: Client, agent: Agent) -> None:
    assert "You are: " in client.get("/customers/").content.decode()
    answer = client.post("/desk/presence/", {"presence": "away", "next": "/customers/?q=anna"})
    assert answer["Location"] == "/customers/?q=anna"
    assert Agent.objects.get(pk=agent.pk).presence == "away"
    assert (
        client.post("/desk/presence/", {"presence": "away", "next": "https://evil.example"})["Location"]
        == "/customers/"
    )
    assert client.post("/desk/presence/", {"presence": "on_call"}).status_code == 400


def test_a_withheld_number_is_said_to_be_one(client: Client, agent: Agent) -> None:
    call = rang(agent, line="")
    assert "A withheld number" in client.get(f"/desk/calls/{call.public_id}/card/").content.decode()


def test_who_answers_no_calls_has_no_pop(agent: Agent) -> None:
    other = signed_in("agent")
    assert other.get("/desk/calls/open/").status_code == 404
    assert "pops" not in other.get("/customers/").content.decode()
    assert signed_in("marketer").get("/desk/calls/open/").status_code == 403
