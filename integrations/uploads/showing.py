"""What was sent, as it is kept and shown: without what tells who somebody is. Pure."""

from collections.abc import Mapping
from typing import Any

from integrations.uploads.parcels import Ask

LISTS = ("conversions", "conversionAdjustments", "data")
KEPT = 4  # signs of a click id
TELLING = frozenset(
    {"gclid", "gbraid", "wbraid", "fbc", "fbp", "client_id", "session_id", "em", "ph", "emailAddress", "phoneNumber"}
)
LINE = "callerId"


def masked_body(ask: Ask) -> dict[int, Any]:
    """By upload, what a request said of it."""
    listed = next((ask.body[name] for name in LISTS if name in ask.body), None)
    told = listed if isinstance(listed, list) else [ask.body] * len(ask.parcels)
    return {parcel.number: masked(one) for parcel, one in zip(ask.parcels, told, strict=False)}


def masked(told: Any, name: str = "") -> Any:
    """A body with every value masked that is somebody's own."""
    if isinstance(told, Mapping):
        return {key: masked(one, key) for key, one in told.items()}
    if isinstance(told, list):
        return [masked(one, name) for one in told]
    if name == LINE:
        return f"{str(told)[:3]}…{str(told)[-2:]}"
    return f"{str(told)[:KEPT]}… ({len(str(told))} signs)" if name in TELLING else told
