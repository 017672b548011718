"""JSON of what the database gave back."""

import json
from datetime import date

import orjson


def json_text(value: object, *, is_indented: bool = False) -> str:
    """A value as JSON. PostgreSQL writes a large number (1e300) as an integer of many digits, which orjson refuses."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 if is_indented else None).decode()
    except TypeError:
        return json.dumps(value, default=plain, indent=2 if is_indented else None, ensure_ascii=False)


def plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
