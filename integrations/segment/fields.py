"""Fields as the types they should have; senders promise nothing. Pure."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

MAX_WORDS = 1_000


def words(value: Any) -> str:
    """A scalar, or a list of them, as text; "" for what is neither."""
    if isinstance(value, str):
        return value.strip()[:MAX_WORDS]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)[:MAX_WORDS]
    return ""


def text(value: Any, limit: int = 200) -> str:
    """A field that should be text: a number's digits are, anything else is not."""
    if isinstance(value, str):
        return value.strip()[:limit]
    return str(value)[:limit] if isinstance(value, int | float) and not isinstance(value, bool) else ""


def identity(value: Any) -> str:
    """An id as text. A float that JSON carries exactly loses its point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return text(value, 400)


def mapping(value: Any) -> Mapping[str, Any]:
    """An object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def number(value: Any) -> float | None:
    """An amount, from a number or its text; None for what is neither."""
    try:
        found = None if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found is not None and isfinite(found) else None
