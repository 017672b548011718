"""Requests as Meta makes them: a fixture, signed with the app's secret."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

from integrations.adapter import Draft, Event, Request, SourceFacts
from integrations.meta.adapter import Meta
from journeys.interactions.folding import Piece, fold_pieces

FIXTURES = Path(__file__).parent.parent / "fixtures"
RECEIVED_AT = datetime(2026, 11, 3, 9, 15, 30, tzinfo=UTC)
SECRET = "the-app-secret"
META = Meta()
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))


def source(**settings: object) -> SourceFacts:
    return SourceFacts("src_meta", "social", "meta", "social", "GB", "wk_meta", SECRET, settings)


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def posted(body: bytes, secret: str = SECRET) -> Request:
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-hub-signature-256": signature}
    return Request("POST", "https://crm.example/in/src_meta/", "", "", headers, body, RECEIVED_AT)


def asked(query: str) -> Request:
    return Request("GET", f"https://crm.example/in/src_meta/?{query}", "", query, {}, b"", RECEIVED_AT)


def events(told: Any) -> list[Event]:
    """A notification through the adapter's first two steps."""
    request = posted(told if isinstance(told, bytes) else json.dumps(told).encode())
    META.verify(request, source())
    return list(META.split(request, source()))


def drafts(*names: str) -> list[Draft]:
    """Every draft of these fixtures, in their order."""
    return [draft for name in names for event in events(fixture(name)) for draft in META.parse(event, source())]


def only(name: str) -> Draft:
    (draft,) = drafts(name)
    return draft


def folded(found: list[Draft]) -> Piece:
    """What the parts add up to, which is the same in any order."""
    assert len({draft.key for draft in found}) == 1
    pieces = [Piece(d.part, d.occurred_at, d.kind, d.direction, d.title, d.body, d.data) for d in found]
    first, *others = [fold_pieces(order, "social") for order in permutations(pieces)]
    assert all(other == first for other in others)
    return first
