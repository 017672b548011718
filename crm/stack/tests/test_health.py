"""/healthz and /readyz, as a load balancer asks them."""

import pytest
from django.test import Client

from crm.stack import beats, tasks


def test_a_process_that_answers_is_healthy_whatever_its_database_does(client: Client) -> None:
    answer = client.get("/healthz")  # this test may not touch the database
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_current_schema_is_ready_and_the_parts_show_how_long_ago_they_were_at_work(client: Client) -> None:
    tasks.answer()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    heartbeats = answer.json()["heartbeats"]
    assert heartbeats["worker"] < 5
    assert heartbeats["sweep"] is None


@pytest.mark.django_db
def test_a_part_beats_again_and_again() -> None:
    beats.beat(beats.SWEEP)
    first = beats.ages()
    beats.beat(beats.SWEEP)
    assert beats.ages()[beats.SWEEP] is not None
    assert first[beats.WORKER] is None
