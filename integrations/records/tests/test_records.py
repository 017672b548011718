"""Records as systems post them: the secret, one event each, and what cannot be understood failing alone."""

import base64
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.adapter import Request, SourceFacts
from integrations.errors import Rejected, Unreadable
from integrations.records.adapter import Records

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SOURCE = SourceFacts("src_1", "crm", "records", "crm", "GB", "wk_1", "hush")
ADAPTER = Records()
ANNA = {
    "id": "C-1001",
    "email": "anna@example.com",
    "phone": ["07700 900142"],
    "at": "2026-10-01T09:00:00Z",
    "traits": {"given_name": "Anna", "visits": 3, "is_member": True, "note": None},
    "verified": ["given_name"],
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
LIKE_RECORDS = st.fixed_dictionaries(
    {}, optional={"id": ANYTHING | st.just("C1"), "at": ANYTHING, "email": ANYTHING, "phone": ANYTHING,
                  "traits": ANYTHING, "verified": ANYTHING}
)  # fmt: skip


def request(body: Any, authorization: str = "Bearer hush", method: str = "POST") -> Request:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Request(method, "", "", "", {"authorization": authorization}, raw, NOW)


def test_a_record_becomes_a_draft_with_its_facts_and_no_interaction() -> None:
    [event] = ADAPTER.split(request(ANNA), SOURCE)
    [draft] = ADAPTER.parse(event, SOURCE)
    assert draft.is_record
    assert [(seen.kind, seen.value) for seen in draft.identifiers] == [
        ("record", "C-1001"), ("email", "anna@example.com"), ("phone", "07700 900142"),
    ]  # fmt: skip
    assert draft.traits == {"given_name": "Anna", "visits": "3", "is_member": "yes"}
    assert draft.verified_traits == {"given_name"}
    assert draft.occurred_at == datetime(2026, 10, 1, 9, tzinfo=UTC)


def test_the_same_record_has_the_same_key_and_one_from_the_future_is_of_now() -> None:
    later = ANNA | {"at": "2027-01-01"}
    first, again, other = ADAPTER.split(request([ANNA, dict(reversed(ANNA.items())), later]), SOURCE)
    assert first.key == again.key != other.key
    assert ADAPTER.parse(other, SOURCE)[0].occurred_at == NOW


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "the id is missing"),
        ({"id": "unknown"}, "names nobody"),
        ({"at": "yesterday"}, "write it as 2026"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "write it as 2026"),
        ({"surname": "Whitfield"}, "put it into traits"),
        ({"traits": {"city": ["a"]}}, "city is neither text nor a number"),
        ({"traits": {"city": "x" * 1001}}, "over 1000"),
        ({"verified": ["shoe"]}, "among the traits"),
        ({"email": ["a@b.example"] * 21}, "too many"),
    ],
)
def test_one_that_cannot_be_understood_fails_alone_with_its_reason(change: dict[str, Any], reason: str) -> None:
    bad, good = ADAPTER.split(request([ANNA | change, ANNA]), SOURCE)
    assert reason in bad.reason
    assert not good.reason
    with pytest.raises(Unreadable, match="records:"):
        ADAPTER.parse(bad, SOURCE)


@pytest.mark.parametrize("body", [b"", b"{", b"3", b"[]", b"[1]"])
def test_what_is_no_record_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        ADAPTER.split(request(body), SOURCE)


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"throughline:{password}".encode()).decode()


def test_only_who_has_the_secret_may_send() -> None:
    ADAPTER.verify(request(ANNA), SOURCE)
    ADAPTER.verify(request(ANNA, basic("hush")), SOURCE)
    for shown in ("", "Bearer", "Bearer wrong", basic("wrong"), "Basic %%%", "Bearer ünknown"):
        with pytest.raises(Rejected) as refusal:
            ADAPTER.verify(request(ANNA, shown), SOURCE)
        assert refusal.value.status == 401
    with pytest.raises(Rejected):
        ADAPTER.verify(request(b"", method="GET"), SOURCE)


@given(LIKE_RECORDS)
def test_whatever_is_sent_becomes_a_draft_or_a_reason(told: dict[str, Any]) -> None:
    try:
        body = orjson.dumps(told)
    except orjson.JSONEncodeError:
        return
    for event in ADAPTER.split(request(body), SOURCE):
        if event.reason:
            with pytest.raises(Unreadable):
                ADAPTER.parse(event, SOURCE)
        else:
            assert ADAPTER.parse(event, SOURCE)[0].identifiers[0].kind == "record"
