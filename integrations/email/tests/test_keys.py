"""What tells one mail from another at the door, where only its head is read."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from anymail.inbound import AnymailInboundMessage
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.adapter import Request
from integrations.email.adapter import raw_event
from integrations.email.headers import own_message_id
from integrations.email.message import bounded
from integrations.email.tests.posting import (
    BOUNDARY,
    FIXTURES,
    RECEIVED_AT,
    adapter,
    fixture,
    form,
    mail,
    posted,
    request,
    source_of,
)
from integrations.errors import Unreadable
from journeys.interactions.plain import plain_text

BIG = b"X-Big: " + b"z" * 300_000
DIGEST = "a digest"
FOLDED = b"X-Big: z" + b"\r\n z" * 30_000
PIECES = (
    b"Message-ID: ", b"<a@x>", b"b@x", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"X", b"From ", b"From: a@x", b"\xfc",
    b"=?utf-8?q?c?=", b"\0", b"\x0c", b"\x85", b"To: b@x\r\n",
)  # fmt: skip
BYTE_FOR_BYTE = ("mailbox", "amazon_ses")  # the others bring it as text
MAILS = sorted(path.stem for path in (FIXTURES / "mails").glob("*.eml"))


def letter(*headers: bytes, line_end: bytes = b"\r\n", body: bytes = b"Message-ID: <of.the.text@x>") -> bytes:
    return line_end.join([b"From: ann@example.com", *headers, b"", body, b""])


HEADS = {
    "plain": (letter(b"Message-ID: <m1@x>"), "m1@x"),
    "with bare line feeds": (letter(b"Message-ID: <m1@x>", line_end=b"\n"), "m1@x"),
    "with bare carriage returns": (letter(b"Message-ID: <m1@x>", line_end=b"\r"), "m1@x"),
    "folded": (letter(b"Message-ID:\r\n\t<m1@x>", b"To: b@x"), "m1@x"),
    "folded with bare line feeds": (letter(b"Message-ID:\n <m1@x>", line_end=b"\n"), "m1@x"),
    "duplicate": (letter(b"Message-ID: <m1@x>", b"Message-ID: <m2@x>"), "m1@x"),
    "named otherwise": (letter(b"message-id:<m1@x>"), "m1@x"),
    "with a comment": (letter(b"Message-ID: (sent) <m1@x> (once)"), "m1@x"),
    "without brackets": (letter(b"Message-ID: m1@x"), "m1@x"),
    "of two": (letter(b"Message-ID: <m1@x> <m2@x>"), "m1@x"),
    "in encoded words": (letter(b"Message-ID: =?utf-8?q?=3Cm1=40x=3E?="), "<m1@x>"),
    "with encoded words": (letter(b"Message-ID: <=?utf-8?q?m?=1@x>"), "=?utf-8?q?m?=1@x"),
    "eight-bit": (letter("Message-ID: <mü@x>".encode()), "mü@x"),
    "eight-bit, not UTF-8": (letter("Message-ID: <mü@x>".encode("latin-1")), "mü@x"),
    "with a NUL": (letter(b"Message-ID: <m\0001@x>"), "m1@x"),
    "after a gigantic header": (letter(BIG, b"Message-ID: <m1@x>"), "m1@x"),
    "after a gigantic folded header": (letter(FOLDED, b"Message-ID: <m1@x>"), "m1@x"),
    "before a gigantic header": (letter(b"Message-ID: <m1@x>", BIG), "m1@x"),
    "at the end": (b"From: ann@example.com\r\nMessage-ID: <m1@x>", "m1@x"),
    "missing": (letter(b"Subject: Hello"), DIGEST),
    "empty": (letter(b"Message-ID:"), DIGEST),
    "of several words": (letter(b"Message-ID: no id at all"), DIGEST),
    "gigantic, so cut before its end": (letter(b"Message-ID: <" + b"m" * 70_000 + b"@x>"), bounded("<" + "m" * 989)),
    "after a line that is no header": (letter(b"no header", b"Message-ID: <m1@x>"), DIGEST),
    "after a space before the colon": (letter(b"To : b@x", b"Message-ID: <m1@x>"), DIGEST),
    "after a line of blanks": (letter(b"To: b@x\r\n \t", b"Message-ID: <m1@x>"), "m1@x"),
    "after a mailbox's own line": (b"From ann Mon Nov  2 09:00:00 2026\r\n" + letter(b"Message-ID: <m1@x>"), "m1@x"),
}


def key_of_the_whole(raw: bytes) -> str:
    """The Message-ID as it is found where the whole mail is taken apart, by anymail itself."""
    read: dict[str, list[str]] = {}
    for name, value in AnymailInboundMessage.parse_raw_mime_bytes(raw).raw_items():
        read.setdefault(name.lower(), []).append(str(value))
    return bounded(plain_text(own_message_id(read))) or DIGEST


def key_at_the_door(raw: bytes) -> str:
    key = raw_event(raw, RECEIVED_AT).key
    return DIGEST if key.startswith("sha256:") else key


def carried(raw: bytes) -> Iterator[tuple[str, Request]]:
    """A mail as each of the providers brings it that send mails whole."""
    text = raw.decode("utf-8", "replace")
    yield "mailbox", request(raw, "message/rfc822")
    yield "postmark", posted("postmark", fixture("postmark") | {"RawEmail": text})
    told = fixture("amazon_ses")
    inner = json.loads(told["Message"]) | {"content": base64.b64encode(raw).decode()}
    inner["receipt"]["action"] = {"type": "SNS", "encoding": "BASE64"}
    yield "amazon_ses", posted("amazon_ses", told | {"Message": json.dumps(inner)})
    fields = {"body-mime": text, "timestamp": "1793697324"}
    yield "mailgun", request(urlencode(fields).encode(), "application/x-www-form-urlencoded")
    listed = fixture("mandrill")
    listed[0]["msg"]["raw_msg"] = text
    yield "mandrill", posted("mandrill", listed)
    yield "sendgrid", request(form({"email": text}, "a"), f"multipart/form-data; boundary={BOUNDARY}")
    told = fixture("mailersend")
    told["data"]["raw"] = text
    yield "mailersend", posted("mailersend", told)
    yield "postal", posted("postal", fixture("postal") | {"base64": False, "message": text})


@pytest.mark.parametrize("name", HEADS)
def test_a_message_id_is_the_key_however_it_is_written(name: str) -> None:
    raw, key = HEADS[name]
    assert key_at_the_door(raw) == key == key_of_the_whole(raw)


@pytest.mark.parametrize("name", MAILS)
def test_the_head_of_a_real_mail_tells_what_the_whole_mail_tells(name: str) -> None:
    assert key_at_the_door(mail(name)) == key_of_the_whole(mail(name))


@pytest.mark.parametrize("name", [*MAILS, *HEADS])
def test_whoever_brings_a_mail_its_key_is_the_same_at_the_door_and_in_the_drain(name: str) -> None:
    raw = HEADS[name][0] if name in HEADS else mail(name)
    as_text = raw.decode("utf-8", "replace").encode()
    for provider, asked in carried(raw):
        (event,) = adapter(provider).split(asked, source_of(provider))
        assert event.key == raw_event(raw if provider in BYTE_FOR_BYTE else as_text, RECEIVED_AT).key
        try:
            drafts = adapter(provider).parse(event, source_of(provider))
        except Unreadable:
            continue
        assert [draft.key for draft in drafts] == [event.key]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=24))
def test_the_head_of_any_mail_tells_what_the_whole_mail_tells(pieces: list[bytes]) -> None:
    raw = b"Subject: x\r\n" + b"".join(pieces)
    assert key_at_the_door(raw) == key_of_the_whole(raw)


def test_a_mail_too_deep_to_read_has_its_key_and_fails_with_a_reason() -> None:
    raw = b"From: ann@example.com\r\nMessage-ID: <deep@x>\r\n"
    for depth in range(1500):
        raw += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth)
    event = raw_event(raw, RECEIVED_AT)
    assert event.key == "deep@x"
    with pytest.raises(Unreadable, match="RecursionError"):
        adapter("mailbox").parse(event, source_of("mailbox"))
