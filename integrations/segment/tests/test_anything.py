"""Whatever is sent: a clear refusal, or events that are read or unreadable; never a crash, never text that
PostgreSQL cannot keep."""

import gzip
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.adapter import Request
from integrations.errors import Rejected, Unreadable
from integrations.segment.adapter import write_key
from integrations.segment.tests.requests import ADAPTER, SOURCE, fixture, post, split
from journeys.interactions.drafts import Draft

KINDS = ("identify", "track", "page", "screen", "group", "alias")
FIELDS = (
    "userId", "anonymousId", "previousId", "groupId", "messageId", "type", "event", "name", "timestamp", "sentAt",
    "originalTimestamp", "receivedAt", "context", "properties", "traits", "integrations", "distinct_id",
)  # fmt: skip
INNER = (
    "email", "phone", "url", "path", "title", "referrer", "page", "campaign", "userAgent", "device", "consent",
    "traits", "categoryPreferences", "revenue", "currency", "products", "order_id", "address", "company", "birthday",
    "locale",
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\x00", "\ud800", "1e5"])
)
INNER_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER) | st.text(), inner, max_size=5),
    max_leaves=12,
)
EVENTS = st.builds(
    lambda kind, changes: {**fixture(kind), **changes},
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(FIELDS), INNER_VALUES, max_size=6),
)
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in strings(item)]
    return [text for item in value for text in strings(item)] if isinstance(value, list | tuple) else []


def can_be_kept(text: str) -> bool:
    return "\x00" not in text and text == text.encode("utf-8", "replace").decode()


def go_through(request: Request) -> None:
    """Take a request through the adapter, looking at everything that comes out."""
    try:
        write_key(request)
        events = split(request)
    except Rejected as refusal:
        look_at_refusal(refusal)
        return
    for event in events:
        assert 0 < len(event.key) <= 200
        assert all(map(can_be_kept, (event.key, event.body.decode(), event.reason)))
        try:
            drafts = ADAPTER.parse(event, SOURCE)
        except Unreadable as error:
            look_at_refusal(error)
        else:
            look_at(*drafts)


def look_at_refusal(error: Exception) -> None:
    assert can_be_kept(str(error))
    assert getattr(error, "status", 400) in (400, 404)


def look_at(draft: Draft) -> None:
    assert draft.occurred_at.utcoffset() is not None
    assert all(seen.value for seen in draft.identifiers)
    told = [draft.title, draft.data, dict(draft.traits), list(draft.references), [s.value for s in draft.identifiers]]
    assert all(can_be_kept(text) for text in strings([told, *(c.purpose for c in draft.consents)]))
    json.dumps(draft.data, allow_nan=False)


@SLOW
@given(st.lists(EVENTS | INNER_VALUES, max_size=4), st.booleans())
def test_any_batch_of_any_events(events: list[Any], is_gzip: bool) -> None:
    body = json.dumps({"batch": events, "writeKey": "wk_web"}).encode()
    go_through(post("/v1/batch", gzip.compress(body) if is_gzip else body))


@SLOW
@given(st.sampled_from([*KINDS, "batch", "t", "x"]), EVENTS | INNER_VALUES)
def test_any_single_event_at_any_door(door: str, event: Any) -> None:
    go_through(post(f"/v1/{door}", json.dumps(event).encode()))


@SLOW
@given(st.binary(max_size=300), st.sampled_from(["", "application/x-www-form-urlencoded"]))
def test_any_bytes(body: bytes, content_type: str) -> None:
    go_through(post("/v1/batch", body, content_type=content_type))
    go_through(post("/v1/batch", b"\x1f\x8b" + body, content_type=content_type))
    go_through(post("/v1/track", b"data=" + body, content_type=content_type))
