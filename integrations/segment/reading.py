"""Reading what clients send: JSON whatever its content type says, perhaps gzipped, perhaps not quite JSON. Pure."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from integrations.adapter import Request
from integrations.errors import Rejected, Unreadable

MAX_EVENT = 32 * 1024  # bytes, as the tracking API documents
MAX_BATCH = 500 * 1024
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
NUL, SURROGATE = b"\\u0000", b"\\ud"  # as our JSON writes them; PostgreSQL's text takes neither
KEYS = ("writeKey", "write_key", "api_key")


def payload(request: Request) -> Any:
    """The JSON value of a request's body. Raises Rejected (400) when there is none."""
    body = unpacked(request.body)
    if "form-urlencoded" in request.headers.get("content-type", "") and body[:5] == b"data=":
        body = form_data(body)
    if not body.strip():
        raise Rejected("segment: the body is empty; send one event, or a batch, as JSON")
    try:
        return loads(body)
    except RecursionError:
        raise Rejected("segment: the JSON is nested too deeply; send flatter properties") from None
    except ValueError as error:
        raise Rejected(f"segment: the body is not JSON ({str(error)[:100]})") from None


def unpacked(body: bytes) -> bytes:
    """The body, inflated where it is gzip (told by its first bytes: headers lie both ways), up to the largest batch."""
    if body[:2] != GZIP:
        return body.removeprefix(BOM)
    inflated = b""
    while body[:2] == GZIP:
        stream = zlib.decompressobj(wbits=31)
        try:
            inflated += stream.decompress(body, MAX_BATCH + 1 - len(inflated))
        except zlib.error:
            raise Rejected("segment: the gzip body is damaged; send it again") from None
        if len(inflated) > MAX_BATCH:
            raise Rejected(f"segment: the body inflates to more than {MAX_BATCH} bytes; send smaller batches")
        if not stream.eof:
            raise Rejected("segment: the gzip body ends too early; send it again")
        body = stream.unused_data
    return inflated


def form_data(body: bytes) -> bytes:
    """The `data` field of a form: JSON, or base64 of it."""
    try:
        data = parse_qs(body.decode(), max_num_fields=20)["data"][0].encode()
        return data if data[:1] in b"{[" else base64.b64decode(data, validate=True)
    except (ValueError, KeyError, binascii.Error):
        raise Rejected("segment: the form's data field is neither JSON nor base64 of it") from None


def loads(body: bytes) -> Any:
    """A JSON value. Half surrogates, broken UTF-8 and NaN, which some clients send, are let in; huge numbers as text.

    Raises ValueError when it is not JSON, RecursionError when it is nested beyond about a thousand levels.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace")
        return json.loads(text, parse_int=whole, parse_constant=lambda _: None)


def whole(digits: str) -> int | str:
    """A whole number, or its text where 64 bits cannot hold it."""
    return int(digits) if len(digits) < 19 else digits


def dumps(value: Any) -> tuple[bytes, str]:
    """A JSON value as bytes, and what is wrong with it, if anything.

    What orjson refuses to write (half surrogates) is kept as ASCII with escapes.
    """
    try:
        return orjson.dumps(value), ""
    except orjson.JSONEncodeError as error:
        flaw = "nested too deeply; send flatter properties" if "ecursion" in str(error) else ""
    try:
        return json.dumps(value).encode(), flaw
    except RecursionError:
        return b"{}", flaw


def event_of(body: bytes) -> dict[str, Any]:
    """An event as it was kept, its text fit for PostgreSQL. Raises Unreadable when it is none."""
    try:
        event = loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"segment: the event is not JSON ({str(error)[:100]})") from None
    if not isinstance(event, dict):
        raise Unreadable("segment: the event is not a JSON object")
    if NUL in body or SURROGATE in body:
        event = {str(clean(name)): clean(value) for name, value in event.items()}
    return event


def clean(value: Any) -> Any:
    """A JSON value without NULs and half surrogates."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {clean(name): clean(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [clean(inner) for inner in value]
    return value


# The write key


def write_key(request: Request) -> str:
    """The write key that a request shows: as Basic user, in the body, the query, or the path of the settings; or "".

    Raises Rejected (400) when it can only be in the body, and the body cannot be read.
    """
    if key := basic_user(request.headers.get("authorization", "")):
        return key
    if request.method == "POST" and (key := body_key(payload(request))):
        return key
    query = parse_qs(request.query[:2000])
    for name in KEYS:
        if name in query:
            return query[name][0]
    return path_key(request.path)


def basic_user(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials).decode().partition(":")[0]
    except ValueError:
        return ""


def body_key(body: Any) -> str:
    """The write key in a body, or in the first event of a batch that carries none itself."""
    if isinstance(body, dict):
        batch = body.get("batch")
        first = batch[0] if isinstance(batch, list) and batch else None
        return key_in(body) or (key_in(first) if isinstance(first, dict) else "")
    return key_in(body[0]) if isinstance(body, list) and body and isinstance(body[0], dict) else ""


def key_in(event: Mapping[str, Any]) -> str:
    return next((key for name in KEYS if isinstance(key := event.get(name), str) and key), "")


def path_key(path: str) -> str:
    """The key in /v1/projects/<write key>/settings."""
    parts = path.strip("/").split("/")
    return parts[-2] if len(parts) >= 3 and parts[-3] == "projects" and parts[-1] == "settings" else ""
