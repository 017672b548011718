"""Reading the headers of mails as they really come: encoded, folded, eight-bit, wrong. Pure, and never surprised.

Headers are read raw and decoded here, and not by the email package's structured parser, which raises on many of the
malformed ones that mail is full of.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime
from typing import NamedTuple

from journeys.interactions.plain import plain_text

# What the email package raises, by experience, on what is no mail.
MALFORMED = (MessageError, ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError)
MAX_HEADER = 60_000
MAX_ENCODED = 20_000  # decode_header is quadratic in crafted input
MAX_ADDRESS = 320
MESSAGE_ID = re.compile(r"<([^<>\s]{1,990})>")
ADDRESS = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,255}")
DISPLAY = re.compile(r"(^|,)([^\",<>()]+)<")
IN_BRACKETS = re.compile(r"<([^<>\s]{3,320})>")
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
Head = Mapping[str, Sequence[str]]  # every value of each header as it was written, by its name in lower case


class Address(NamedTuple):
    """One mailbox of a header. address: as it was written, not normalised."""

    name: str
    address: str

    @property
    def is_address(self) -> bool:
        return len(self.address) <= MAX_ADDRESS and bool(ADDRESS.fullmatch(self.address))

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].casefold()

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def values(head: Head, name: str) -> list[str]:
    """Every value of a header, unfolded, not decoded yet."""
    return [unfolded(repaired(value[:MAX_HEADER])) for value in head.get(name.lower(), ())]


def value(head: Head, name: str) -> str:
    """The first value of a header, decoded; empty when there is none."""
    found = values(head, name)
    return decoded(found[0]) if found else ""


def repaired(text: str) -> str:
    """A header that came as eight-bit bytes, which the email package keeps as halves of surrogate pairs."""
    if text.isascii():
        return text
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return plain_text(text)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def unfolded(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def decoded(text: str) -> str:
    """A header's encoded words, decoded; what cannot be decoded stays as it is."""
    if "=?" not in text:
        return text
    try:
        chunks = decode_header(text[:MAX_ENCODED])
    except MALFORMED:
        return text
    return unfolded("".join(decoded_chunk(chunk, charset) for chunk, charset in chunks))


def decoded_chunk(chunk: bytes | str, charset: str | None) -> str:
    if isinstance(chunk, str):
        return chunk
    try:
        charset = (charset or "raw-unicode-escape").partition("*")[0]  # utf-8*en: the language of the word (RFC 2231)
        return chunk.decode(charset, "replace")
    except LookupError:
        return chunk.decode("utf-8", "replace")


def addresses(head: Head, name: str) -> list[Address]:
    """The mailboxes of a header, those without an address left out.

    Some versions of Python read nothing of a header that is slightly wrong: then what stands in angle brackets counts.
    """
    texts = [DISPLAY.sub(quoted, text) for text in values(head, name)]
    found = [(display, address) for display, address in getaddresses(texts) if address.strip()]
    found = found or [("", address) for text in texts for address in IN_BRACKETS.findall(text)]
    return [Address(decoded(display), decoded(address.strip())) for display, address in found]


def quoted(display: re.Match[str]) -> str:
    """A display name that holds an address, in the quotes that it needs: it is the name, and not one more sender."""
    before, name = display.groups()
    if "@" not in name:
        return display.group()
    return f'{before}"{name.strip().replace(chr(92), "")}" <'


def message_ids(head: Head, name: str) -> list[str]:
    """The Message-IDs in a header, without their angle brackets."""
    return [found for text in values(head, name) for found in MESSAGE_ID.findall(text)]


def own_message_id(head: Head) -> str:
    """The mail's own Message-ID, bare; empty when it has none. Some senders leave out the angle brackets."""
    found = message_ids(head, "Message-ID")
    bare = value(head, "Message-ID")
    return found[0] if found else ("" if " " in bare else bare[:990])


def sent_at(head: Head, received_at: datetime) -> datetime:
    """The Date header, or the time of receipt when it is missing, absurd or in the future."""
    try:
        sent = parsedate_to_datetime(value(head, "Date"))
        sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
        return sent if EARLIEST <= sent <= received_at + timedelta(days=1) else received_at
    except (*MALFORMED, OverflowError):
        return received_at
