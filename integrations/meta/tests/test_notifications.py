"""The handshake, the signature, and how a notification is taken apart."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import Rejected, Unreadable
from integrations.meta.tests.posting import META, NAMES, SECRET, asked, drafts, events, fixture, posted, source

HANDSHAKE = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="


def test_the_handshake_is_answered_with_the_challenge() -> None:
    META.verify(asked(HANDSHAKE + SECRET), source())
    answer = META.answer(asked(HANDSHAKE + SECRET), source())
    assert (answer.status, answer.body, answer.content_type) == (200, b"1158201444", "text/plain")


def test_the_handshake_may_have_a_token_of_its_own() -> None:
    META.verify(asked(HANDSHAKE + "tok%C3%A9n"), source(verify_token="tokén"))
    with pytest.raises(Rejected):
        META.verify(asked(HANDSHAKE + SECRET), source(verify_token="tokén"))


@pytest.mark.parametrize("query", ["", HANDSHAKE, HANDSHAKE + "guess", "hub.mode=off&hub.verify_token=" + SECRET])
def test_a_handshake_without_the_token_is_refused(query: str) -> None:
    with pytest.raises(Rejected) as refusal:
        META.verify(asked(query), source())
    assert refusal.value.status == 403


def test_the_signature_is_over_the_raw_body() -> None:
    META.verify(posted(b'{"a": "\\u00e9"}'), source())
    META.verify(posted(b"{}", "other"), source(app_secret="other"))


@pytest.mark.parametrize(
    "headers", [{}, {"x-hub-signature-256": ""}, {"x-hub-signature-256": "sha256=00"}, {"x-hub-signature-256": "é"},
                {"x-hub-signature": "sha1=00"}]
)  # fmt: skip
def test_a_wrong_signature_is_refused_with_the_remedy(headers: dict[str, str]) -> None:
    with pytest.raises(Rejected, match="app_secret") as refusal:
        META.verify(replace(posted(b"{}"), headers=headers), source())
    assert refusal.value.status == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"null", b"[]", b"7", b"{}", b'{"object":"page"}', b'{"object":"page","entry":7}', b"\xff\xfe",
     b'{"object":"page","entry":[7]}', b"[" * 100_000, b'{"object":"page","entry":[{"id":1,"messaging":7}]}'],
)  # fmt: skip
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        META.split(posted(body), source())
    assert refusal.value.status == 400


@pytest.mark.parametrize("name", NAMES)
def test_a_redelivery_has_the_same_keys(name: str) -> None:
    told = fixture(name)
    again = json.loads(json.dumps(told))
    for entry in again["entry"]:
        entry["time"] = 1793697999
    keys = [event.key for event in events(told)]
    assert keys == [event.key for event in events(again)]
    assert len(set(keys)) == len(keys)
    assert all(0 < len(key) <= 200 for key in keys)


def test_every_fixture_has_keys_of_its_own() -> None:
    keys = [event.key for name in NAMES if name != "messenger_standby" for event in events(fixture(name))]
    shared = {key for key in keys if keys.count(key) > 1}
    assert shared <= {events(fixture("whatsapp_text"))[0].key}  # the kinds of content share one message id


def test_a_message_seen_on_standby_is_the_same() -> None:
    assert events(fixture("messenger_standby"))[0].key == events(fixture("messenger_text"))[0].key


def test_several_entries_and_items_are_events_of_their_own() -> None:
    told = fixture("messenger_text")
    told["entry"] += fixture("messenger_echo")["entry"] + fixture("page_comment")["entry"]
    told["entry"][0]["messaging"] += fixture("messenger_reaction")["entry"][0]["messaging"]
    found = events(told)
    assert len(found) == 4
    assert [len(META.parse(event, source())) for event in found] == [1, 1, 1, 1]


def test_an_item_that_is_no_object_fails_alone() -> None:
    told = fixture("messenger_text")
    told["entry"][0]["messaging"].insert(0, "odd")
    bad, good = events(told)
    assert "no object" in bad.reason
    assert not good.reason


def test_unknown_fields_change_nothing() -> None:
    told = fixture("messenger_text")
    told["entry"][0]["messaging"][0]["message"]["new_in_2027"] = {"deep": [1]}
    told["entry"][0]["new"] = told["new"] = True
    (event,) = events(told)
    assert META.parse(event, source()) == drafts("messenger_text")


def test_nuls_and_halves_of_surrogate_pairs_are_taken_out() -> None:
    body = json.dumps(fixture("messenger_text")).replace("included?", "a\\u0000b\\ud83dc").encode()
    (event,) = events(body)
    (draft,) = META.parse(event, source())
    assert draft.body == "Is the transfer ab?c"


@pytest.mark.parametrize("stamp", [None, "soon", -5, 0, 10**30, "1793697324", 1793697324, 1793697324000, True, []])
def test_any_timestamp_gives_a_time(stamp: Any) -> None:
    told = fixture("messenger_text")
    told["entry"][0]["messaging"][0]["timestamp"] = stamp
    (draft,) = META.parse(events(told)[0], source())
    assert draft.occurred_at.year == 2026
    assert draft.occurred_at.tzinfo


NAMES_USED = (
    "id mid message text type from sender recipient reaction statuses status value messages contacts profile system "
    "attachments payload referral read delivery mids"
).split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES_USED), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from(["page", "instagram", "whatsapp_business_account", "else"]),
       st.sampled_from(["messages", "feed", "comments", "account_update"]))  # fmt: skip
def test_no_json_breaks_the_adapter(item: Any, product: str, field: str) -> None:
    entry = {"id": "1", "time": 1, "messaging": [item], "changes": [{"field": field, "value": item}]}
    told = {"object": product, "entry": [entry]}
    try:
        found = events(told)
    except Rejected:
        return
    for event in found:
        if event.reason:
            continue
        try:
            META.parse(event, source())
        except Unreadable:
            continue
