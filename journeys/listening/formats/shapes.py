"""Reading what is in a JSON document of somebody else's, whatever is in it."""

from collections.abc import Mapping
from typing import Any

from journeys.listening.errors import UnreadableTranscript
from journeys.listening.said import LONGEST


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def entries(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list; of anything else, none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def number(value: object) -> int:
    """Milliseconds. Raises UnreadableTranscript."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise UnreadableTranscript("a time is no number; give milliseconds")
    return int(min(max(value, -1), LONGEST + 1))
