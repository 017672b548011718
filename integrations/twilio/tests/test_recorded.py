"""Calls all the way into PostgreSQL: their callbacks arrive in any order, and twice, and make one interaction."""

import random

import pytest

from crm.identity.models import Identifier
from crm.sources.models import Source
from integrations.inbox.draining import drain_all
from integrations.inbox.models import FailedDelivery
from integrations.inbox.receiving import facts, receive
from integrations.twilio.tests.requests import ADAPTER, fixture, post, with_fields
from journeys.interactions.models import Interaction

NAMES = ("incoming", "ringing", "answered", "leg", "completed", "recording", "transcription", "live_transcription")

pytestmark = pytest.mark.django_db(transaction=True)


def send(bodies: list[bytes]) -> None:
    """Send each body as a webhook of its own, and drain after each."""
    source, _ = Source.objects.get_or_create(name="Phones", adapter="twilio", namespace="phones", is_trusted=True)
    for body in bodies:
        receive(source, ADAPTER.split(post(body), facts(source)))
        drain_all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_call_is_one_interaction_of_its_caller(seed: int) -> None:
    bodies = [fixture(f"{name}.form") for name in NAMES]
    send(random.Random(seed).sample(bodies * 2, len(bodies) * 2))
    [call] = Interaction.objects.all()
    caller = Identifier.objects.get(pk=call.identifier_id)
    assert (caller.kind, caller.value) == ("phone", "+441632960001")
    assert (call.channel, call.direction, call.title) == ("call", "in", "Call in")
    assert (call.data["outcome"], call.data["duration"], len(call.data["recordings"])) == ("answered", 192, 1)
    assert "about the quote" in call.body
    assert not FailedDelivery.objects.exists()


def test_a_withheld_call_is_an_interaction_of_nobody_else() -> None:
    others = {"From": "+266696687", "Caller": "+266696687"}
    send([fixture("recording.form"), with_fields("incoming.form", **others), with_fields("completed.form", **others)])
    send([with_fields("incoming.form", CallSid="CA" + "9" * 32, **others)])
    first, second = Interaction.objects.all()
    assert first.identifier_id != second.identifier_id
    assert {identifier.kind for identifier in Identifier.objects.all()} == {"once"}
