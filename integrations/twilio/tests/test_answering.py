"""Twilio asks what to do with a call, and hears where the rules send it."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from integrations.twilio.tests.requests import ADAPTER, URL, post, source
from journeys.calls.ringing import Route
from journeys.calls.telling import Progress

ROUTED = source(routing="rules")
ASKED = {"CallSid": "CA" + "1" * 32, "CallStatus": "ringing", "Direction": "inbound", "From": "+447700900142",
         "To": "+442920180600"}  # fmt: skip


def asked(**changed: str) -> bytes:
    return urlencode(ASKED | changed).encode()


@pytest.mark.parametrize(
    ("agent", "said"),
    [("client:priya", "<Client>priya</Client>"), ("priya", "<Client>priya</Client>"), ("+441632960204", "<Number>"),
     ("sip:204@pbx.example", "<Sip>sip:204@pbx.example</Sip>")],
)  # fmt: skip
def test_an_agents_phone_is_rung_and_then_the_next_steps_queue_takes_over(agent: str, said: str) -> None:
    route = Route("bahamas", "why", agent=agent, timeout=20, next_queue="general")
    body = ADAPTER.answer_call(route, post(asked()), ROUTED).body.decode()
    assert said in body
    assert f'<Dial timeout="20" action="{URL}?next=general"' in body


def test_a_queue_is_joined() -> None:
    body = ADAPTER.answer_call(Route("bahamas", "why"), post(asked()), ROUTED).body
    assert b"<Response><Enqueue>bahamas</Enqueue></Response>" in body


def test_the_twiml_of_those_who_have_it_stands() -> None:
    facts = source(twiml="<Response><Reject/></Response>")
    assert ADAPTER.answer_call(Route("bahamas", "why"), post(asked()), facts).body == b"<Response><Reject/></Response>"


@pytest.mark.parametrize(
    ("status", "said"), [("no-answer", b"<Enqueue>general</Enqueue>"), ("completed", b"<Response/>")]
)
def test_what_follows_a_phone_that_rang(status: str, said: bytes) -> None:
    request = post(asked(DialCallStatus=status, CallStatus="in-progress"), f"{URL}?next=general")
    ADAPTER.verify(request, ROUTED)
    assert ADAPTER.told(request, ROUTED) is None
    assert said in ADAPTER.answer(request, ROUTED).body


def test_what_is_told_of_a_call() -> None:
    ringing = ADAPTER.told(post(asked()), ROUTED)
    assert ringing is not None
    assert (ringing.progress, ringing.line, ringing.dialled) == (Progress.RINGING, "+447700900142", "+442920180600")
    leg = {
        "ParentCallSid": ASKED["CallSid"],
        "CallSid": "CA" + "2" * 32,
        "To": "client:priya",
        "CallStatus": "in-progress",
    }
    answered = ADAPTER.told(post(asked(**leg)), ROUTED)
    assert answered is not None
    assert (answered.call_id, answered.progress, answered.agent) == (
        ASKED["CallSid"],
        Progress.ANSWERED,
        "client:priya",
    )
    ended = ADAPTER.told(post(asked(CallStatus="completed")), ROUTED)
    assert ended is not None
    assert ended.progress == Progress.ENDED
    out = post(asked(Direction="outbound-api"))
    assert ADAPTER.told(out, ROUTED) is None
    assert ADAPTER.told(replace(out, headers={"content-type": "application/json"}), ROUTED) is None
