"""Making any parsed JSON storable: PostgreSQL takes no NUL and no half of a surrogate pair, and JSON no huge depth."""

from dataclasses import replace
from itertools import chain
from typing import Any

import orjson

from journeys.interactions.drafts import Draft, Seen

MAX_DEPTH = 12
NUL = b"\\u0000"


def plain_text(text: str) -> str:
    """Text without NULs; halves of surrogate pairs become the replacement character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON that PostgreSQL stores: text made plain, numbers that do not fit written out."""
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if depth >= MAX_DEPTH:
        return plain_text(str(value))
    if isinstance(value, dict):
        return {plain_text(str(name)): plain(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(inner, depth + 1) for inner in value]
    return plain_text(str(value))


def is_plain(draft: Draft) -> bool:
    """Whether a draft can be stored as it is."""
    seen = chain.from_iterable(draft.identifiers)
    try:
        text = orjson.dumps([draft.key, draft.title, draft.body, draft.data, draft.traits, draft.references, *seen])
    except (TypeError, ValueError):
        return False
    return NUL not in text


def made_plain(draft: Draft) -> Draft:
    """The draft, with everything in it storable."""
    if is_plain(draft):
        return draft
    return replace(
        draft,
        key=plain_text(draft.key),
        title=plain_text(draft.title),
        body=plain_text(draft.body),
        data=plain(dict(draft.data)),
        traits={plain_text(str(name)): plain_text(str(value)) for name, value in draft.traits.items()},
        references=tuple((kind, plain_text(value)) for kind, value in draft.references),
        identifiers=tuple(Seen(s.kind, plain_text(s.value), s.namespace) for s in draft.identifiers),
    )
