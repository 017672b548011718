"""Requests, signed as Twilio signs them, for the tests of its adapter."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from twilio.request_validator import RequestValidator

from integrations.adapter import Request, SourceFacts
from integrations.twilio.adapter import Twilio
from journeys.interactions.drafts import Draft
from journeys.interactions.folding import Piece, fold_pieces

FIXTURES = Path(__file__).parent.parent / "fixtures"
RECEIVED = datetime(2026, 5, 28, 14, 0, 1, tzinfo=UTC)
TOKEN = "12345678901234567890123456789012"
SOURCE = SourceFacts("src_calls", "Phones", "twilio", "phones", "GB", "wk_calls", TOKEN)
ADAPTER = Twilio()
URL = "https://in.example/in/src_calls/"
FORM = "application/x-www-form-urlencoded"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_text().strip().encode()


def source(**settings: Any) -> SourceFacts:
    return replace(SOURCE, settings=settings)


def with_fields(name: str, **changed: str | None) -> bytes:
    """A fixture's form with some fields changed; None takes one away."""
    fields = dict(parse_qsl(fixture(name).decode(), keep_blank_values=True)) | changed
    return urlencode({field: value for field, value in fields.items() if value is not None}).encode()


def post(body: bytes, url: str = URL, content_type: str = FORM, token: str = TOKEN, **headers: str) -> Request:
    """A request signed by Twilio's own library."""
    params: Any = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    if content_type != FORM:
        url, params = f"{url}?bodySHA256={hashlib.sha256(body).hexdigest()}", {}
    elif params:
        params = Multi(params)
    signed = {"x-twilio-signature": RequestValidator(token).compute_signature(url, params)}
    signed |= {"content-type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    query = url.partition("?")[2]
    return Request("POST", url, "", query, signed, body, RECEIVED)


class Multi(dict[str, list[str]]):
    """A form as web frameworks give it to Twilio's library."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def drafts(body: bytes, facts: SourceFacts = SOURCE, received: datetime = RECEIVED) -> list[Draft]:
    """The parts of the call that a form tells of, through verify, split and parse."""
    request = replace(post(body), received_at=received)
    ADAPTER.verify(request, facts)
    [event] = ADAPTER.split(request, facts)
    return ADAPTER.parse(event, facts)


def folded(parts: list[Draft]) -> Piece:
    """The call that parts add up to; of two parts with one name the first stands, as when they are recorded."""
    named = {part.part: part for part in reversed(parts)}
    pieces = [Piece(d.part, d.occurred_at, d.kind, d.direction, d.title, d.body, d.data) for d in named.values()]
    return fold_pieces(pieces, "call")
