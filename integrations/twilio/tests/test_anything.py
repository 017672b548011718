"""Whatever is sent: a clear refusal, or parts of a call; never a crash, never text that PostgreSQL cannot keep."""

from typing import Any
from urllib.parse import urlencode

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import Rejected, Unreadable
from integrations.twilio.tests.requests import ADAPTER, SOURCE, post
from journeys.interactions.drafts import Draft

FIELDS = (
    "CallSid", "ParentCallSid", "CallStatus", "From", "To", "Direction", "Timestamp", "CallDuration", "DialCallStatus",
    "RecordingSid", "RecordingUrl", "RecordingStatus", "RecordingSource", "RecordingDuration", "RecordingStartTime",
    "TranscriptionSid", "TranscriptionText", "TranscriptionEvent", "TranscriptionData", "Final", "SequenceNumber",
)  # fmt: skip
WORDS = st.sampled_from(
    ["CA1", "completed", "outbound-api", "+441632960001", "sip:x@y", "client:z", "\x00", "transcription-content",
     '{"transcript":"x"}', "Thu, 28 May 2026 14:00:00 +0000", "-1", "9" * 30]
)  # fmt: skip
VALUES = WORDS | st.text(st.characters(exclude_categories=["Cs"]))
FORMS = st.builds(
    lambda more: {"CallSid": "CA1", **more}, st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=10)
)


def go_through(body: bytes, content_type: str) -> None:
    """Take a body through the adapter, looking at everything that comes out."""
    request = post(body, content_type=content_type)
    ADAPTER.verify(request, SOURCE)
    try:
        events = ADAPTER.split(request, SOURCE)
    except Rejected:
        return
    for event in events:
        assert 0 < len(event.key) <= 200
        assert "\x00" not in event.key
        try:
            drafts = ADAPTER.parse(event, SOURCE)
        except Unreadable:
            continue
        for draft in drafts:
            look_at(draft)


def look_at(draft: Draft) -> None:
    assert 0 < len(draft.part) <= 60
    assert draft.occurred_at.utcoffset() is not None
    assert "\\x00" not in repr(draft)
    orjson.dumps(draft.data)


@settings(max_examples=200, deadline=None)
@given(FORMS)
def test_any_form(fields: dict[str, str]) -> None:
    go_through(urlencode(fields).encode(), "application/x-www-form-urlencoded")


@settings(max_examples=100, deadline=None)
@given(st.lists(FORMS | st.dictionaries(st.sampled_from(FIELDS), st.none() | st.integers(0, 9) | st.lists(st.none()))))
def test_any_json(items: list[dict[str, Any]]) -> None:
    go_through(orjson.dumps(items), "application/json")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["application/x-www-form-urlencoded", "application/json"]))
def test_any_bytes(body: bytes, content_type: str) -> None:
    go_through(body, content_type)
