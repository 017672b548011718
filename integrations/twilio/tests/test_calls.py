"""What Twilio's callbacks tell of a call, one by one and folded."""

import random
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from integrations.adapter import Event
from integrations.errors import Rejected, Unreadable
from integrations.twilio.tests.requests import (
    ADAPTER,
    RECEIVED,
    SOURCE,
    drafts,
    fixture,
    folded,
    post,
    source,
    with_fields,
)
from journeys.interactions.drafts import Channel, Draft, Seen

CALL = "CA11111111111111111111111111111111"
CUSTOMER = (Seen("phone", "+441632960001"),)
TWO = datetime(2026, 5, 28, 14, 0, tzinfo=UTC)


def one(body: bytes) -> Draft:
    [draft] = drafts(body)
    return draft


def test_an_incoming_call_rings_for_the_caller() -> None:
    draft = one(fixture("incoming.form"))
    assert (draft.key, draft.channel, draft.kind, draft.direction) == (CALL, Channel.CALL, "call", "in")
    assert (draft.title, draft.part, draft.identifiers, draft.traits) == ("Call in", "ringing", CUSTOMER, {})
    assert draft.occurred_at == RECEIVED
    assert draft.data == {
        "from": "+441632960001", "to": "+441632960100", "dialled": "+441632960100", "status": "ringing",
        "caller_name": "JANE OKAFOR", "caller_verified": "TN-Validation-Passed-A", "city": "Bristol", "country": "GB",
        "started_at": "2026-05-28T14:00:01+0000",
    }  # fmt: skip


def test_a_callback_happened_when_it_says() -> None:
    draft = one(fixture("completed.form"))
    assert draft.occurred_at == TWO + timedelta(minutes=3, seconds=24)
    assert (draft.part, draft.data["duration"]) == ("completed:3", 192)
    assert one(with_fields("completed.form", Timestamp="nonsense")).occurred_at == RECEIVED
    assert one(with_fields("completed.form", CallDuration="long")).data["ended_at"] == "2026-05-28T14:03:24+0000"


def test_an_outbound_call_is_with_whom_we_dialled() -> None:
    draft = one(fixture("outbound.form"))
    assert (draft.direction, draft.title, draft.identifiers) == ("out", "Call out", CUSTOMER)
    assert (draft.data["answered_by"], draft.data["city"]) == ("human", "Bristol")
    assert "dialled" not in draft.data


def test_a_recording_names_nobody_and_is_listed() -> None:
    draft = one(fixture("recording.form"))
    assert (draft.key, draft.part, draft.identifiers) == (CALL, "recording:RE" + "2" * 32, ())
    [recording] = draft.data["recordings"]
    assert (recording["sid"], recording["duration"]) == ("RE" + "2" * 32, 178)
    assert recording["url"].startswith("https://api.twilio.com/")
    assert draft.occurred_at == TWO + timedelta(seconds=13)
    assert "voicemail" not in draft.data


def test_a_recording_that_is_not_done_or_empty_tells_nothing_yet() -> None:
    for status in ("in-progress", "absent", "failed"):
        assert drafts(with_fields("recording.form", RecordingStatus=status)) == []


def test_a_voicemail_is_one_recording_however_many_callbacks_tell_of_it() -> None:
    parts = [*drafts(fixture("record_action.form")), *drafts(fixture("voicemail.form"))]
    call = folded([*parts, *drafts(fixture("completed.form"))])
    assert (len(call.data["recordings"]), call.data["outcome"]) == (1, "voicemail")


def test_a_recorded_calls_last_callback_brings_its_recording() -> None:
    sid = "RE" + "9" * 32
    progress, recording = drafts(
        with_fields("completed.form", RecordingSid=sid, RecordingUrl="https://x", RecordingDuration="9")
    )
    assert (progress.part, recording.part) == ("completed:3", f"recording:{sid}")
    assert recording.data == {"recordings": [{"sid": sid, "url": "https://x", "duration": 9}]}
    assert folded([progress, recording]).data["outcome"] == "answered"


def test_a_transcription_is_the_text_of_the_call() -> None:
    draft = one(fixture("transcription.form"))
    assert draft.body == "Hello, I could not pay for the Bahamas holiday. Please ring me back."
    assert (draft.identifiers, draft.data) == ((), {})
    assert one(with_fields("transcription.form", TranscriptionStatus="failed")).body == ""


def test_live_transcription_gives_whole_sentences_and_who_said_them() -> None:
    draft = one(fixture("live_transcription.form"))
    assert draft.body == "Caller: It is about the quote."
    assert draft.occurred_at == datetime(2026, 5, 28, 14, 0, 19, 454203, tzinfo=UTC)
    assert drafts(with_fields("live_transcription.form", Final="false")) == []
    assert drafts(with_fields("live_transcription.form", TranscriptionEvent="transcription-started")) == []
    for odd in ("", "{", "[]", '{"transcript": null}'):
        assert drafts(with_fields("live_transcription.form", TranscriptionData=odd)) == []


def test_a_call_is_the_same_whatever_the_order_of_its_parts() -> None:
    names = ("incoming", "ringing", "answered", "leg", "completed", "recording", "transcription", "live_transcription")
    parts = [draft for name in names for draft in drafts(fixture(f"{name}.form"))]
    call = folded(parts)
    assert (call.title, call.direction, call.occurred_at) == ("Call in", "in", TWO)
    wanted = {
        "status": "completed", "outcome": "answered", "duration": 192, "agent": "client:amara",
        "answered_at": "2026-05-28T14:00:12+0000", "ended_at": "2026-05-28T14:03:24+0000", "caller_name": "JANE OKAFOR",
    }  # fmt: skip
    assert wanted.items() <= call.data.items()
    assert "about the quote" in call.body
    assert "ring me back" in call.body
    for seed in range(20):
        shuffled = random.Random(seed).sample(parts, len(parts))
        assert folded(shuffled) == call


def test_a_call_that_nobody_picked_up_is_missed() -> None:
    ended = drafts(fixture("completed.form"))
    assert folded([*drafts(fixture("dial_action.form")), *ended]).data["outcome"] == "missed"
    rang = drafts(with_fields("leg.form", CallStatus="ringing")) + drafts(
        with_fields("leg.form", CallStatus="no-answer")
    )
    assert folded([*rang, *ended]).data["outcome"] == "missed"
    for status in ("no-answer", "busy", "canceled"):
        assert folded(drafts(with_fields("completed.form", CallStatus=status))).data["outcome"] == "missed"


def test_a_call_answered_at_the_second_try_is_answered() -> None:
    later = TWO + timedelta(minutes=1)
    second = with_fields("dial_action.form", DialCallStatus="completed", DialCallSid="CA" + "8" * 32)
    parts = [*drafts(fixture("dial_action.form")), *drafts(second, received=later), *drafts(fixture("completed.form"))]
    assert folded(parts).data["outcome"] == "answered"


# Whose number


def test_our_own_end_of_a_call_is_part_of_the_customers_call() -> None:
    draft = one(fixture("leg.form"))
    assert (draft.key, draft.identifiers, draft.data) == (CALL, (), {"answered": True, "agent": "client:amara"})


def test_an_agents_phone_is_no_customer() -> None:
    body = with_fields("leg.form", To="+447700900123", Called="+447700900123")
    assert drafts(body)[0].identifiers == (Seen("phone", "+447700900123"),)
    [draft] = drafts(body, source(agent_numbers=["07700 900123"]))
    assert (draft.key, draft.identifiers) == (CALL, ())


@pytest.mark.parametrize(
    "withheld",
    ["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "anonymous", "Anonymous", "Restricted",
     "unknown", "", "client:jenny", "client:+441632960001", "sip:alice@sip.example", "+1000", "+", "abc", "x" * 900],
)  # fmt: skip
def test_a_withheld_or_impossible_number_stands_for_one_call_only(withheld: str) -> None:
    draft = one(with_fields("incoming.form", From=withheld, Caller=withheld))
    assert draft.identifiers == (Seen("once", CALL),)
    assert len(draft.data.get("from", "")) <= 200


@pytest.mark.parametrize(
    "address", ["sip:+441632960001@trunk.example:5060;user=phone", "01632 960001", "tel:+441632960001"]
)
def test_a_number_is_found_in_every_kind_of_address(address: str) -> None:
    assert one(with_fields("incoming.form", From=address)).identifiers == CUSTOMER


# Keys and bad input


def test_a_redelivery_has_the_same_key_and_another_callback_another() -> None:
    names = ("incoming", "ringing", "answered", "completed", "recording", "record_action", "voicemail", "transcription",
             "live_transcription", "dial_action", "leg", "outbound")  # fmt: skip
    keys = [[ADAPTER.split(post(fixture(f"{name}.form")), SOURCE)[0].key for _ in range(2)] for name in names]
    assert all(first == again and len(first) <= 200 for first, again in keys)
    assert len({first for first, _ in keys}) == len(names)


def test_long_fields_still_make_a_key() -> None:
    body = with_fields("dial_action.form", RecordingSid="R" * 90, TranscriptionSid="T" * 90, SequenceId="9" * 90)
    assert len(ADAPTER.split(post(body), SOURCE)[0].key) <= 200


def test_event_streams_tell_of_calls_as_json() -> None:
    events = ADAPTER.split(post(fixture("event_streams.json"), content_type="application/json"), SOURCE)
    assert [event.key for event in events] == [ADAPTER.split(post(fixture("completed.form")), SOURCE)[0].key]
    [draft] = ADAPTER.parse(events[0], SOURCE)
    assert (draft.part, draft.identifiers, draft.data["duration"]) == ("completed:3", CUSTOMER, 192)


def test_an_event_about_no_call_is_refused_alone() -> None:
    body = orjson.dumps([*orjson.loads(fixture("event_streams.json")), {"type": "com.twilio.messaging", "data": {}}])
    call, other = ADAPTER.split(post(body, content_type="application/json"), SOURCE)
    assert not call.reason
    assert "no CallSid" in other.reason


@pytest.mark.parametrize("sid", [None, "", " ", "CA 1", "CA/../1", "C" * 65, "\x00", "<b>"])
def test_a_callback_without_a_call_is_refused(sid: str | None) -> None:
    with pytest.raises(Rejected, match="no CallSid") as refusal:
        ADAPTER.split(post(with_fields("incoming.form", CallSid=sid)), SOURCE)
    assert refusal.value.status == 400


def test_a_parent_call_must_be_one_too() -> None:
    with pytest.raises(Rejected, match="ParentCallSid"):
        ADAPTER.split(post(with_fields("leg.form", ParentCallSid="x" * 300)), SOURCE)


@pytest.mark.parametrize("body", [b"not json", b"5", b"[5]", b"{}", b"\xff", b'{"CallSid":7}', b"[" * 5_000])
def test_a_body_that_is_neither_form_nor_call_is_refused(body: bytes) -> None:
    request = post(body, content_type="application/json")
    if body == b'{"CallSid":7}':
        assert ADAPTER.split(request, SOURCE)[0].key == "7"
        return
    with pytest.raises(Rejected):
        ADAPTER.split(request, SOURCE)


def test_a_form_of_thousands_of_fields_is_refused() -> None:
    with pytest.raises(Rejected, match="over 500 fields"):
        ADAPTER.split(post(b"&".join(b"a%d=1" % n for n in range(600))), SOURCE)


def test_unknown_fields_and_statuses_and_nuls_do_no_harm() -> None:
    draft = one(with_fields("ringing.form", CallStatus="levitating\x00" * 20, Future="yes", FromCity="Bri\x00stol"))
    assert len(draft.part) <= 60
    assert "\x00" not in repr(draft)
    assert draft.data["city"] == "Bristol"


@pytest.mark.parametrize(("kind", "body"), [("json 2026-05-28", b"5"), ("json x", b"{"), ("form x", b""), ("", b"")])
def test_an_event_that_cannot_be_read_is_unreadable(kind: str, body: bytes) -> None:
    with pytest.raises(Unreadable):
        ADAPTER.parse(Event("k", kind, body), SOURCE)


# Answers


def test_the_answer_is_twiml() -> None:
    answer = ADAPTER.answer(post(b""), SOURCE)
    assert (answer.status, answer.content_type) == (200, "text/xml")
    assert answer.body.endswith(b"<Response/>")
    dial = "<Response><Dial>+441632960200</Dial></Response>"
    assert ADAPTER.answer(post(b""), source(twiml=dial)).body == dial.encode()
    assert ADAPTER.answer(post(b""), source(twiml=5)).body.endswith(b"<Response/>")


def test_what_was_said_is_kept_without_card_numbers_from_the_first() -> None:
    text = with_fields("transcription.form", TranscriptionText="It is 4111 1111 1111 1111, thanks")
    [event] = ADAPTER.split(post(text), SOURCE)
    assert b"4111" not in event.body
    [draft] = ADAPTER.parse(event, SOURCE)
    assert draft.body == "It is [card number], thanks"
    [plain] = ADAPTER.split(post(fixture("transcription.form")), SOURCE)
    assert plain.body == fixture("transcription.form")
