"""What is left of a delivery of several people's events once one of them was erased: the others', as they were read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from integrations.adapter import Draft
from journeys.interactions.drafts import Channel, ConsentGiven, Seen


def packed(drafts: Sequence[Draft]) -> str:
    """Drafts as the body of a delivery."""
    return orjson.dumps(list(drafts), default=list).decode()


def unpacked(body: bytes) -> list[Draft]:
    """The drafts of such a delivery."""
    return [Draft(**told | read(told)) for told in orjson.loads(body)]


def read(told: dict[str, Any]) -> dict[str, Any]:
    """What JSON has no form for."""
    return {
        "channel": Channel(told["channel"]),
        "occurred_at": datetime.fromisoformat(told["occurred_at"]),
        "identifiers": tuple(Seen(*one) for one in told["identifiers"]),
        "consents": tuple(ConsentGiven(*one) for one in told["consents"]),
        "references": tuple((kind, number) for kind, number in told["references"]),
        "verified_traits": frozenset(told["verified_traits"]),
    }
