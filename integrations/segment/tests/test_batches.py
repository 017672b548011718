"""A batch taken apart: every event stands alone, and a bad one harms no neighbour."""

import json
from datetime import timedelta
from typing import Any

import pytest

from integrations.errors import Unreadable
from integrations.segment.tests.requests import RECEIVED, fixture, parse, post, split

GOOD = {"type": "track", "messageId": "good", "userId": "u-1", "event": "Quote Requested"}


def batch_with(bad: Any) -> list[Any]:
    return split(post("/v1/batch", {"batch": [GOOD, bad, {**GOOD, "messageId": "good-2"}]}))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [(None, "not a JSON object"), (5, "not a JSON object"), ([1], "not a JSON object"),
     ({}, "its type is none of"), ({"type": "track"}, "neither userId nor anonymousId"),
     ({"type": ["track"], "userId": "u"}, "type is none of"), ({"type": "delete", "userId": "u"}, "none of"),
     ({"type": "track", "userId": None, "anonymousId": "", "event": "e"}, "neither userId nor anonymousId"),
     ({"type": "track", "userId": {"id": 1}, "event": "e"}, "neither userId nor anonymousId"),
     ({"type": "track", "userId": 1e300, "event": "e"}, "neither userId nor anonymousId"),
     ({"type": "track", "userId": "u"}, "name of the event"), ({"type": "alias", "userId": "u"}, "previousId"),
     ({"type": "track", "userId": "u", "event": "e", "properties": {"x": "y" * 40_000}}, "over 32768 bytes")],
)  # fmt: skip
def test_a_bad_event_is_refused_alone_with_its_reason(bad: Any, reason: str) -> None:
    first, refused, last = batch_with(bad)
    assert (first.reason, last.reason) == ("", "")
    assert reason in refused.reason
    assert refused.key
    sent = json.loads(refused.body)
    assert sent == bad if not isinstance(bad, dict) else sent.items() >= bad.items()


def test_an_event_nested_too_deeply_is_refused_alone() -> None:
    for depth in (300, 980):
        deep = '{"type":"track","messageId":"deep","userId":"u","event":"e","properties":' + '{"a":' * depth + "1"
        body = f'{{"batch":[{json.dumps(GOOD)},{deep}{"}" * (depth + 1)}]}}'
        good, refused = split(post("/v1/batch", body.encode()))
        assert (good.reason, refused.key) == ("", "deep")
        assert "nested too deeply" in refused.reason


def test_a_refused_event_says_the_same_when_it_is_replayed() -> None:
    _, refused, _ = batch_with({"type": "track", "userId": "u"})
    with pytest.raises(Unreadable, match="name of the event"):
        parse(refused)
    _, refused, _ = batch_with(5)
    with pytest.raises(Unreadable, match="not a JSON object"):
        parse(refused)


def test_what_the_batch_says_once_is_given_to_each_event() -> None:
    first, _, third = (json.loads(event.body) for event in split(post("/v1/batch", fixture("batch"))))
    assert first["context"] == fixture("batch")["context"]
    assert third["context"] == {**fixture("batch")["context"], "ip": "203.0.113.10"}
    assert first["integrations"] == {"All": True}
    assert first["sentAt"] == "2026-02-02T00:30:21.000Z"
    assert first["receivedAt"] == RECEIVED.isoformat()


def test_events_of_a_batch_are_read_as_they_would_be_alone() -> None:
    identify, track, page = map(parse, split(post("/v1/batch", fixture("batch"))))
    assert identify.traits == {"full_name": "Jake Peterson", "age": "26", "language": "en-GB"}
    assert (track.title, track.data["value"], track.data["properties"]["destination"]) == (
        "Quote Requested",
        1800,
        "Nassau",
    )
    assert (page.title, page.data["device"]) == ("Account", "iPhone")


def test_the_message_id_is_the_key_and_a_redelivery_has_the_same() -> None:
    once = split(post("/v1/t", fixture("track")))
    again = split(post("/v1/t", fixture("track"), RECEIVED + timedelta(minutes=5)))
    assert once[0].key == again[0].key == "ajs-next-1748439999-order"


def test_an_event_without_a_message_id_is_known_by_its_bytes() -> None:
    event = {"type": "track", "userId": "u", "event": "e", "timestamp": "2026-05-28T13:00:00Z"}
    batches = [{"batch": [event], "sentAt": sent} for sent in ("2026-05-28T13:00:01Z", "2026-05-28T13:09:00Z")]
    keys = {split(post("/v1/batch", batch, RECEIVED))[0].key for batch in batches}
    assert len(keys) == 1
    assert split(post("/v1/batch", {"batch": [{**event, "event": "f"}]}))[0].key not in keys


@pytest.mark.parametrize(
    ("given", "key"), [(7, "7"), ("  a ", "a"), ("a\x00b", "ab"), ("\ud800", "?"), ("k" * 200, "k" * 200)]
)
def test_a_message_id_becomes_a_key_that_can_be_kept(given: object, key: str) -> None:
    assert split(post("/v1/t", {**GOOD, "messageId": given}))[0].key == key


@pytest.mark.parametrize("given", [None, "", " ", "k" * 201, {"id": 1}, True])
def test_a_message_id_that_is_none_is_replaced_by_a_hash(given: object) -> None:
    assert split(post("/v1/t", {**GOOD, "messageId": given}))[0].key.startswith("hash-")


def test_nuls_and_half_surrogates_and_broken_utf8_harm_neither_event_nor_neighbour() -> None:
    odd = (
        b'{"type":"track","messageId":"odd","userId":"u\\u0000-2","event":"Caf\\ud83d","properties":{"a":"\xff","b":NaN,"n":'
        + (b"9" * 40 + b"}}")
    )
    good, event = split(post("/v1/batch", b'{"batch":[' + json.dumps(GOOD).encode() + b"," + odd + b"]}"))
    assert (good.reason, event.reason, event.key) == ("", "", "odd")
    draft = parse(event)
    assert draft.title == "Caf?"
    assert draft.identifiers[0].value == "u-2"
    assert draft.data["properties"] == {"a": "\ufffd", "n": "9" * 40}
    json.dumps(draft.data).encode()


def test_senders_with_a_shape_of_their_own_are_understood() -> None:
    [event] = split(post("/v1/batch/", fixture("capture")))
    draft = parse(event)
    assert (event.key, draft.kind, draft.title) == ("0193-capture-1", "track", "quote opened")
    assert [(seen.kind, seen.value) for seen in draft.identifiers] == [("login", "97980cfea0067")]
