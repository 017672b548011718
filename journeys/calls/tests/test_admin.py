"""Admins say who answers; what cannot be read is refused with the remedy."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from journeys.calls.models import Agent, Queue

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
