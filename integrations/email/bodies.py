"""What a mail says: its text, its HTML, its attachments. Pure."""

from collections.abc import Iterator
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any, NamedTuple

from integrations.email.headers import MALFORMED, decoded, repaired, unfolded
from integrations.email.inbound import InboundMail
from integrations.email.sanitising import sanitised, text_of
from journeys.interactions.plain import plain_text

MAX_PARTS = 1_000
MAX_ATTACHMENTS = 100
MAX_NAME = 200


class Body(NamedTuple):
    """A mail's content. text: as the customer would read it, quotes included. html: safe to show; empty without."""

    text: str
    html: str
    attachments: list[dict[str, Any]]


def body_of(message: InboundMail) -> Body:
    """A mail's text (plain preferred, else from its HTML), its HTML made safe, and what is attached."""
    plain: list[str] = []
    html: list[str] = []
    attachments: list[dict[str, Any]] = []
    for part, kind in parts(message.whole()):
        if is_attached(part, kind):
            attachments.append(attachment(part, kind))
        else:
            (html if kind == "text/html" else plain).append(text_in(part))
    markup = "\n".join(html)
    text = "\n\n".join(piece.strip("\n") for piece in plain if piece.strip()) or text_of(markup)
    return Body(text, sanitised(markup), attachments[:MAX_ATTACHMENTS])


def parts(message: Message) -> Iterator[tuple[Message, str]]:
    """The leaves of a mail in reading order, with their types; an attached mail is one leaf."""
    stack: list[Message] = [message]
    seen = 0
    while stack and seen < MAX_PARTS:
        part = stack.pop()
        seen += 1
        kind = content_type(part)
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list) and not kind.startswith("message/"):
            stack += [child for child in reversed(inner) if isinstance(child, Message)]
        elif not kind.startswith("multipart/"):
            yield part, kind


def content_type(part: Message) -> str:
    """A part's type; one that cannot be read is a file of any kind."""
    try:
        return part.get_content_type()
    except MALFORMED:
        return "application/octet-stream"


def is_attached(part: Message, kind: str) -> bool:
    if kind not in ("text/plain", "text/html"):
        return True
    try:
        return part.get_content_disposition() == "attachment" or bool(file_name(part))
    except MALFORMED:
        return False


def attachment(part: Message, kind: str) -> dict[str, Any]:
    """What is said of an attachment: its name, type and size in bytes; the file itself is not kept apart."""
    try:
        name = file_name(part)
    except MALFORMED:
        name = ""
    return {"name": decoded(unfolded(repaired(name)))[:MAX_NAME], "type": kind[:100], "size": len(content(part))}


def file_name(part: Message) -> str:
    """The name that a part has as a file; of two notations the extended one (RFC 2231), which is listed last."""
    for header, parameter in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        found = [value for name, value in part.get_params([], header) if name.lower() == parameter]
        if found:
            return collapse_rfc2231_value(found[-1]).strip(' "')
    return ""


def content(part: Message) -> bytes:
    """A part's bytes, its transfer encoding undone as far as it can be."""
    try:
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            return b"".join(bytes(child) for child in inner if isinstance(child, Message))
        found = part.get_payload(decode=True)
    except MALFORMED:
        return b""
    return found if isinstance(found, bytes) else b""


def text_in(part: Message) -> str:
    """A part's text; an unknown character set is read as UTF-8."""
    raw = content(part)
    try:
        charset = (part.get_content_charset() or "").strip("'\" ") or "utf-8"
        text = raw.decode(charset, "strict" if charset == "utf-8" else "replace")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    except MALFORMED:
        text = raw.decode("utf-8", "replace")
    return plain_text(text.replace("\r\n", "\n").replace("\r", "\n"))
