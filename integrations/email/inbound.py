"""The mail that anymail's views fill in, made cheaply: its headers stay as they were written.

Anymail's own mail takes each header apart with the email package's structured parser, when it is set and whenever it is
asked for. That cost 2 ms a mail, raised on many malformed headers, and `headers` read them all again.
"""

import re
from collections.abc import Iterable
from email.header import Header
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import Compat32
from functools import cached_property
from typing import Any, Self

from integrations.email.headers import Head, repaired

MAX_FIELD = 5_000  # the email package takes time quadratic in a field's length to find its parameters
LINE_END = re.compile(r"[\r\n]+")
HEAD_END = re.compile(rb"(?:\r\n|\n|\r(?!\n))[\r\n]")  # the first blank line


class AsWritten(Compat32):
    """Headers as they came: on one line when asked for, byte for byte when a mail is put together again."""

    mangle_from_ = False

    def header_fetch_parse(self, name: str, value: str) -> str:
        value = value[:MAX_FIELD]
        return value.strip() if value.isprintable() else repaired(LINE_END.sub("", value)).strip()

    def fold(self, name: str, value: str | Header) -> str:
        return f"{name}: {value}{self.linesep}"

    def fold_binary(self, name: str, value: str | Header) -> bytes:
        return self.fold(name, value).encode("utf-8", "surrogateescape")


AS_WRITTEN = AsWritten()


class InboundMail(Message):
    """A mail, with the methods by which anymail's views make one and the attributes that they set.

    mime: the whole mail where it came as one; then only its head has been read, which is all that a door needs.
    """

    envelope_sender: str | None = None
    envelope_recipient: str | None = None
    stripped_text: str | None = None
    stripped_html: str | None = None
    spam_detected: bool | None = None
    spam_score: float | None = None
    mime: bytes = b""

    def __init__(self, policy: object = None) -> None:  # the parsers hand over theirs
        super().__init__(policy=AS_WRITTEN)

    @classmethod
    def parse_raw_mime(cls, text: str) -> Self:
        return cls.parse_raw_mime_bytes(text.encode())

    @classmethod
    def parse_raw_mime_bytes(cls, mime: bytes) -> Self:
        end = HEAD_END.search(mime)
        mail = BytesParser(cls).parsebytes(mime[: end.end()] if end else mime, headersonly=True)
        mail.mime = mime
        return mail

    @cached_property
    def head(self) -> Head:
        """Its headers, once nobody adds to them any more."""
        found: dict[str, list[str]] = {}
        for name, value in self.raw_items():
            found.setdefault(name.lower(), []).append(str(value))
        return found

    @classmethod
    def read(cls, mime: bytes) -> Self:
        """A mail with its parts at once."""
        return BytesParser(cls).parsebytes(mime)

    def whole(self) -> "InboundMail":
        """The mail with its parts."""
        return self.read(self.mime) if self.mime else self

    @classmethod
    def construct(
        cls, *, raw_headers: str = "", headers: Iterable[tuple[str, str]] = (), text: str | None = None,
        html: str | None = None, attachments: Iterable["InboundMail"] | None = None, **named: str | None,
    ) -> Self:  # fmt: skip
        """A mail that a provider has taken apart. named: headers given by themselves, `from_email` for From."""
        mail = HeaderParser(cls).parsestr(raw_headers)
        for name, value in named.items():
            if value is not None:
                mail[name.removesuffix("_email")] = value
        for name, value in headers:
            mail.add_header(name, value)
        del mail["Content-Type"]
        mail["Content-Type"] = "multipart/mixed"
        texts = [cls.leaf(kind, told) for kind, told in (("text/plain", text), ("text/html", html)) if told is not None]
        mail.set_payload([*texts, *sorted(attachments or (), key=InboundMail.is_apart)])
        return mail

    @classmethod
    def leaf(cls, kind: str, text: str) -> Self:
        part = cls()
        part["Content-Type"] = f"{kind}; charset=utf-8"
        part.set_payload(text.encode())
        return part

    @classmethod
    def construct_attachment(
        cls, content_type: str | None, content: str | bytes, charset: object = None, filename: str | None = None,
        content_id: str | None = None, base64: bool = False,
    ) -> Self:  # fmt: skip
        """One attachment. base64: its content is still encoded, and stays so until somebody asks for its size."""
        if not isinstance(content, str | bytes):
            raise TypeError("an attachment without content")
        part = cls()
        part["Content-Type"] = content_type or "application/octet-stream"
        disposition = "attachment" if content_id is None else "inline"
        part.add_header("Content-Disposition", disposition, filename=filename and LINE_END.sub(" ", filename))
        if base64:
            part["Content-Transfer-Encoding"] = "base64"
        part.set_payload(content)
        return part

    @classmethod
    def construct_attachment_from_uploaded_file(cls, file: Any, content_id: str | None = None) -> Self:
        return cls.construct_attachment(file.content_type, file.read(), None, file.name, content_id)

    def is_apart(self) -> bool:
        """Whether an attachment is listed after those that belong into the text."""
        return self.get_content_disposition() != "inline"
