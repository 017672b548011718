"""Requests and sources for the tests of the Segment adapter."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.adapter import Event, Request, SourceFacts
from integrations.segment.adapter import Segment
from journeys.interactions.drafts import Draft

FIXTURES = Path(__file__).parent.parent / "fixtures"
RECEIVED = datetime(2026, 5, 28, 14, 0, tzinfo=UTC)
SOURCE = SourceFacts("src_web", "Website", "segment", "web", "GB", "wk_web", "secret")
ADAPTER = Segment()


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def post(path: str, body: Any, received: datetime = RECEIVED, **headers: str) -> Request:
    """A POST of a body: bytes as they are, anything else as JSON. Header names are written with underscores."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", f"https://in.example{path}", path, "", named, raw, received)


def get(path: str, url: str = "", query: str = "", **headers: str) -> Request:
    return Request("GET", url or f"https://in.example{path}", path, query, headers, b"", RECEIVED)


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def split(request: Request) -> list[Event]:
    return ADAPTER.split(request, SOURCE)


def parse(event: Event) -> Draft:
    [draft] = ADAPTER.parse(event, SOURCE)
    return draft


def draft_of(event: dict[str, Any], received: datetime = RECEIVED) -> Draft:
    """The draft of one event, sent as it is to the door of its type."""
    [kept] = split(post(f"/v1/{event['type']}", event, received))
    assert not kept.reason
    return parse(kept)
