"""What a phone system may send, and what it becomes."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from integrations.adapter import Request, SourceFacts
from integrations.errors import Rejected, Unreadable
from integrations.telephony.adapter import Telephony
from integrations.telephony.signing import signature
from journeys.interactions.drafts import Draft
from journeys.interactions.folding import Piece, fold_pieces

CAME = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOURCE = SourceFacts("src_pbx", "Phones", "telephony", "pbx", "GB", "wk", "the secret")
ADAPTER = Telephony()


def request(body: bytes, sent: int | None = None, **headers: str) -> Request:
    """A request, signed."""
    timestamp = str(int(CAME.timestamp()) if sent is None else sent)
    given = {"x-throughline-timestamp": timestamp, "x-throughline-signature": signature("the secret", timestamp, body)}
    named = {f"x-throughline-{name}": value for name, value in headers.items()}
    return Request("POST", "https://in.example/in/src_pbx/", "", "", given | named, body, CAME)


def drafts(**said: Any) -> list[Draft]:
    """What a webhook becomes, through verify, split and parse."""
    asked = request(orjson.dumps({"call_id": "c-1", **said}))
    ADAPTER.verify(asked, SOURCE)
    [event] = ADAPTER.split(asked, SOURCE)
    return ADAPTER.parse(event, SOURCE)


def folded(*parts: list[Draft]) -> Piece:
    named = [draft for drafts in parts for draft in drafts]
    pieces = [Piece(d.part, d.occurred_at, d.kind, d.direction, d.title, d.body, d.data) for d in named]
    return fold_pieces(pieces, "call")


RANG = {"event": "ringing", "from": "07700 900142", "to": "029 2018 0600", "at": "2026-11-20T11:58:00Z"}
TAKEN = {"event": "answered", "agent": "204", "at": "2026-11-20T11:58:20Z"}
OVER = {"event": "ended", "duration": 95, "at": "2026-11-20T11:59:55Z"}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_call_adds_up_in_any_order(order: tuple[int, ...]) -> None:
    parts = [drafts(**said) for said in (RANG, TAKEN, OVER)]
    call = folded(*(parts[number] for number in order))
    assert (call.direction, call.title, call.occurred_at.minute) == ("in", "Call in", 58)
    assert (call.data["outcome"], call.data["agent"], call.data["duration"]) == ("answered", "204", 95)
    assert call.data["dialled"] == "+442920180600"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [({"duration": 0}, "missed"), ({"outcome": "missed"}, "missed"), ({"outcome": "voicemail"}, "voicemail"),
     ({"outcome": "failed"}, "failed")],
)  # fmt: skip
def test_a_call_that_nobody_took_is_said_to_be_so(said: dict[str, Any], outcome: str) -> None:
    assert folded(drafts(**RANG), drafts(event="ended", **said)).data["outcome"] == outcome


def test_a_recording_and_a_transcript_join_the_call() -> None:
    segments = [{"speaker": "Anna", "start": 4.0, "end": 3.0, "text": "Hello?"}, {"start": 1, "text": "Northstar."},
                {"text": ""}, "nonsense"]  # fmt: skip
    call = folded(
        drafts(**RANG),
        drafts(event="recording", url="https://pbx.example/c-1.wav", duration=95),
        drafts(event="transcript", segments=segments),
    )
    assert call.data["recordings"][0]["url"] == "https://pbx.example/c-1.wav"
    assert [one["start"] for one in call.data["transcript"]["segments"]] == [1.0, 4.0]
    assert call.data["transcript"]["segments"][1]["end"] == 4.0
    assert call.body == "Northstar.\nAnna: Hello?"


@pytest.mark.parametrize("said", [{"event": "recording"}, {"event": "transcript", "segments": "x"}])
def test_what_holds_nothing_is_said_to_be_unreadable(said: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        drafts(**said)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"event":"ringing"}', b'{"event":"rang","call_id":"1"}', b'{"event":"ringing","call_id":""}',
     b'{"event":"ringing","call_id":true}', b'{"event":"ringing","call_id":"' + b"x" * 201 + b'"}'],
)  # fmt: skip
def test_what_tells_of_no_call_is_refused_with_the_reason(body: bytes) -> None:
    with pytest.raises(Rejected, match="telephony"):
        ADAPTER.split(request(body), SOURCE)


@pytest.mark.parametrize(
    "at", ["yesterday", 1e30, -(10**12), None, [], True, "0001-01-01", "9999-12-31T23:59:59+00:00"]
)
def test_a_time_that_cannot_be_is_when_it_came(at: Any) -> None:
    [draft] = drafts(event="ringing", at=at)
    assert draft.occurred_at == CAME


@pytest.mark.parametrize(
    ("asked", "status"),
    [(request(b"{}", sent=0), 403), (request(b"{}", timestamp="now"), 401), (request(b"{}", signature="00"), 403),
     (request(b"{}", signature="é" * 64), 403), (request(b"{}", signature=""), 401),
     (replace(request(b"{}"), method="PUT"), 405), (replace(request(b"{}"), body=b"[]"), 403)],
)  # fmt: skip
def test_what_is_not_signed_now_is_refused(asked: Request, status: int) -> None:
    with pytest.raises(Rejected) as refusal:
        ADAPTER.verify(asked, SOURCE)
    assert refusal.value.status == status


def test_a_signature_in_base64url_does_as_well() -> None:
    asked = request(b"{}")
    digest = bytes.fromhex(asked.headers["x-throughline-signature"])
    for spelled in (urlsafe_b64encode(digest).decode(), urlsafe_b64encode(digest).decode().rstrip("=")):
        ADAPTER.verify(request(b"{}", signature=spelled), SOURCE)


def test_our_own_calls_out_are_nobody_ringing() -> None:
    asked = request(orjson.dumps({"call_id": "c-1", **RANG, "direction": "outbound", "to": "+447700900142"}))
    assert ADAPTER.told(asked, SOURCE) is None
    [draft] = ADAPTER.parse(ADAPTER.split(asked, SOURCE)[0], SOURCE)
    assert (draft.direction, draft.identifiers[0].value) == ("out", "+447700900142")


def test_what_was_said_is_kept_without_card_numbers_from_the_first() -> None:
    segments = [{"speaker": "customer", "start": 1, "end": 2, "text": text} for text in ("4111 1111", "1111 1111")]
    said = {"event": "transcript", "call_id": "c-1", "segments": segments, "text": "4111111111111111"}
    [event] = Telephony().split(request(orjson.dumps(said)), SOURCE)
    assert b"1111" not in event.body
    assert b"[card number]" in event.body
