"""Admins say who answers and where calls go; what cannot be read is refused with the remedy."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from journeys.calls.models import Agent, Queue, RoutingRule

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin"))
    return client


def added(client: Client, model: str, **fields: Any) -> str:
    return client.post(f"/admin/journeys/{model}/add/", fields, follow=True).content.decode()


def test_an_agent_is_made_with_skills_and_queues(admin: Client) -> None:
    queue = Queue.objects.create(name="bahamas", label="Bahamas")
    user = User.objects.create(username="priya")
    added(admin, "agent", user=user.pk, extension="204", skills='{"bahamas": 4}', queues=[queue.pk])
    agent = Agent.objects.get()
    assert (agent.skills, list(agent.queues.all())) == ({"bahamas": 4}, [queue])
    assert "1 to 5" in added(admin, "agent", user=user.pk, extension="205", skills='{"bahamas": 9}')


@pytest.mark.parametrize(
    ("conditions", "said"),
    [([{"fact": "shoe", "is": "is", "value": 1}], "there is no fact shoe"), ([], "send calls to one of"),
     ([{"fact": "calls", "is": "has", "value": 1}], "can be asked with"), ("x", "write a list"),
     ([{"fact": "calls", "is": "at least", "value": "many"}], "has to be a number")],
)  # fmt: skip
def test_a_rule_that_cannot_be_read_is_refused(admin: Client, conditions: Any, said: str) -> None:
    fields = {"position": 1, "name": "one", "level": 1, "timeout": 20, "skill": "" if conditions == [] else "bahamas"}
    assert said in added(admin, "routingrule", conditions=json.dumps(conditions), **fields)
    assert not RoutingRule.objects.exists()


def test_a_rule_that_can_be_read_is_kept(admin: Client) -> None:
    conditions = [{"fact": "pages", "about": "bahamas", "is": "at least", "value": 3}]
    fields = {"position": 1, "name": "one", "level": 1, "timeout": 20, "skill": "bahamas", "is_live": "on"}
    added(admin, "routingrule", conditions=json.dumps(conditions), **fields)
    assert RoutingRule.objects.get().conditions == conditions
