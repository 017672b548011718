"""What a raw body says once it is decoded, for whoever looks for words in it: mails, forms, JSON, base64. Pure."""

import base64
import binascii
import json
import quopri
import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from html import unescape
from typing import Any
from urllib.parse import unquote_plus

PACKED = re.compile(rb"[A-Za-z0-9+/_\r\n-]{16,}={0,2}")
DEEPEST = 2  # layers: JSON that holds a mail in base64
BAD_HEADER = (LookupError, ValueError)  # of a charset that nobody knows, or of none


def readings(body: bytes, depth: int = DEEPEST) -> Iterator[str]:
    """A body as text in every way that it may be meant, undone layer by layer; the plainest first."""
    plain = body.decode("utf-8", "replace")
    yield plain
    yield from filter(None, (undone(plain) for undone in (of_form, of_html) if undone(plain) != plain))
    if b"=" in body:
        yield quopri.decodestring(body).decode("utf-8", "replace")
    yield from of_json(plain)
    if b":" in body[:2_000]:
        yield from of_mail(message_from_bytes(body))
    if depth:
        for part in unpacked(body):
            yield from readings(part, depth - 1)


def of_form(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text


def of_html(text: str) -> str:
    return unescape(text) if "&" in text else text


def of_json(text: str) -> Iterator[str]:
    """Every string of a JSON document, without its escapes."""
    if text.lstrip()[:1] in ("{", "[", '"'):
        with suppress(ValueError, RecursionError):
            yield "\n".join(strings_of(json.loads(text)))


def strings_of(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for name, value in told.items():
            yield str(name)
            yield from strings_of(value)
    elif isinstance(told, list):
        for value in told:
            yield from strings_of(value)
    elif told is not None:
        yield str(told)


def of_mail(mail: Message) -> Iterator[str]:
    """Headers and bodies of a mail, as people read them."""
    for part in mail.walk():
        for name, value in part.items():
            yield header_of(name, str(value))
        found = part.get_payload(decode=True)
        if isinstance(found, bytes):
            yield found.decode(charset_of(part), "replace")


def header_of(name: str, value: str) -> str:
    with suppress(*BAD_HEADER):
        return f"{name}: {make_header(decode_header(value))}"
    return f"{name}: {value}"


def charset_of(part: Message) -> str:
    told = part.get_content_charset("utf-8")
    with suppress(LookupError):
        "".encode(told)
        return told
    return "utf-8"


def unpacked(body: bytes) -> Iterator[bytes]:
    """What stands in base64 somewhere in it."""
    for found in PACKED.findall(body):
        packed = b"".join(found.split()).rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        with suppress(binascii.Error, ValueError):
            yield base64.b64decode(packed + b"=" * (-len(packed) % 4))
