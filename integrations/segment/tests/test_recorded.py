"""Odd events all the way into PostgreSQL: received, drained, recorded."""

import json

import pytest

from crm.sources.models import Source
from integrations.inbox.draining import drain_all
from integrations.inbox.models import FailedDelivery
from integrations.inbox.receiving import facts, receive
from integrations.segment.tests.requests import ADAPTER, fixture, post
from journeys.interactions.models import Interaction

KINDS = ("identify", "track", "page", "screen", "group", "alias")
ODD = b'{"type":"track","userId":"u\\u0000","event":"Caf\\ud83d","properties":{"a":"\xff","n":' + b"9" * 40 + b"}}"
BAD = b'{"type":"track","messageId":"bad"}'


@pytest.mark.django_db(transaction=True)
def test_odd_events_are_recorded_and_bad_ones_parked_beside_their_neighbours() -> None:
    source = Source.objects.create(name="Website", adapter="segment", namespace="web")
    good = [json.dumps(fixture(kind)).encode() for kind in KINDS]
    events = ADAPTER.split(post("/v1/batch", b'{"batch":[' + b",".join([ODD, BAD, b"5", *good]) + b"]}"), facts(source))
    for _ in range(2):
        receive(source, events)
        drain_all()
    assert set(Interaction.objects.values_list("kind", flat=True)) == set(KINDS)
    assert Interaction.objects.count() == 1 + len(KINDS)
    assert Interaction.objects.get(title="Caf?").data["properties"]["n"] == "9" * 40
    assert sorted(FailedDelivery.objects.values_list("reason", flat=True)) == sorted(
        e.reason for e in events if e.reason
    )
