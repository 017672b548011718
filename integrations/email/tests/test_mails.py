"""What is understood of mails as they really come."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.adapter import Draft, Event
from integrations.email.adapter import raw_event
from integrations.email.tests.posting import RECEIVED_AT, adapter, mail, source
from integrations.errors import Unreadable
from journeys.interactions.plain import plain

LATER = datetime(2026, 11, 20, tzinfo=UTC)
OWN = source(own_domains=["bluelagoon.example"])


def understood(raw: bytes, **config: object) -> list[Draft]:
    event = raw_event(raw, LATER)
    assert not event.reason
    return adapter("mailbox").parse(event, source(**config))


def only(name: str, **config: object) -> Draft:
    (draft,) = understood(mail(name), **config)
    return draft


def letter(headers: str, body: str = "Hello") -> bytes:
    return f"From: Ann Lee <ann@example.com>\r\n{headers}\r\n\r\n{body}\r\n".encode()


# Who


def test_a_mail_without_a_from_says_so() -> None:
    with pytest.raises(Unreadable, match="no From header"):
        only("no_from")


def test_the_first_of_three_authors_is_the_sender() -> None:
    draft = only("three_authors")
    assert [seen.value for seen in draft.identifiers] == ["ann@example.com"]
    assert draft.data["from_others"] == ["Bob Lee <bob@example.com>", "Lee, Carol <carol@example.com>"]


def test_an_address_of_ten_kilobytes_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="10252 characters"):
        only("long_address")


@pytest.mark.parametrize(
    "wrong", ["undisclosed-recipients:;", "Jane Whitfield", "<>", "jane at example.com", "@@@", "(((" * 5000]
)
def test_a_from_without_an_address_is_unreadable(wrong: str) -> None:
    with pytest.raises(Unreadable):
        understood(f"From: {wrong}\r\nSubject: x\r\n\r\nHello\r\n".encode())


def test_a_reason_names_nobody() -> None:
    with pytest.raises(Unreadable) as refusal:
        understood(b"From: jane.whitfield at example.com\r\nSubject: x\r\n\r\nHello\r\n")
    assert "whitfield" not in str(refusal.value)


@pytest.mark.parametrize(
    ("display", "full_name"),
    [
        ("Jane Whitfield", "Jane Whitfield"),
        ('"Whitfield, Jane"', "Jane Whitfield"),
        ("Dr. Anna-Lena von der Heide", "Anna-Lena von der Heide"),
        ("=?utf-8?q?Jos=C3=A9_Garc=C3=ADa?=", "José García"),
        ("=?utf-8*es?q?Jos=C3=A9_Garc=C3=ADa?=", "José García"),
        ('"O’Brien, Seán"', "Seán O’Brien"),
        ("Blue Lagoon Holidays", None),
        ("Jane via Booking", None),
        ("Customer Support", None),
        ("jane.whitfield@example.com", None),
        ("Jane", None),
        ("J4ne Whitf1eld", None),
        ("", None),
    ],
)  # fmt: skip
def test_only_a_name_that_looks_like_a_persons_is_asserted(display: str, full_name: str | None) -> None:
    (draft,) = understood(f"From: {display} <jane@example.com>\r\nSubject: x\r\n\r\nHello\r\n".encode())
    assert draft.traits.get("full_name") == full_name
    assert [seen.value for seen in draft.identifiers] == ["jane@example.com"]


def test_the_surname_keeps_its_particles() -> None:
    (draft,) = understood(b"From: Anna von der Heide <anna@example.com>\r\n\r\nHello\r\n")
    assert (draft.traits["given_name"], draft.traits["surname"]) == ("Anna", "von der Heide")


# Our own mail


def test_our_own_mail_goes_out_to_each_outside_recipient() -> None:
    drafts = understood(mail("outgoing"), own_domains=["bluelagoon.example"])
    assert [(d.direction, d.identifiers[0].value) for d in drafts] == [
        ("out", "jane.whitfield@example.com"),
        ("out", "tom@example.net"),
    ]
    assert [d.key for d in drafts] == [
        "out.1@bluelagoon.example:jane.whitfield@example.com",
        "out.1@bluelagoon.example:tom@example.net",
    ]
    assert not any(d.traits for d in drafts)


def test_one_recipient_has_the_mails_own_key() -> None:
    (draft,) = understood(
        b"From: help@bluelagoon.example\r\nTo: ann@example.com\r\nMessage-ID: <o@x>\r\n\r\nHi\r\n",
        own_domains="bluelagoon.example, bluelagoon.test",
    )
    assert (draft.key, draft.direction) == ("o@x", "out")


def test_internal_mail_is_nobodys() -> None:
    raw = b"From: a@bluelagoon.example\r\nTo: b@sub.bluelagoon.example\r\nMessage-ID: <i@x>\r\n\r\nHi\r\n"
    assert understood(raw, own_domains=["bluelagoon.example"]) == []


def test_a_domain_that_only_ends_alike_is_not_our_own() -> None:
    (draft,) = understood(b"From: a@notbluelagoon.example\r\n\r\nHi\r\n", own_domains=["bluelagoon.example"])
    assert draft.direction == "in"


# When


@pytest.mark.parametrize(
    "date",
    ["Sat, 01 Jan 2200 00:00:00 +0000", "Mon, 01 Jan 1900 00:00:00 +0000", "yesterday", "", "99 Foo 99999 99:99"],
)
def test_an_absurd_date_gives_way_to_the_time_of_receipt(date: str) -> None:
    (draft,) = understood(letter(f"Date: {date}"))
    assert draft.occurred_at == LATER


def test_a_date_without_a_zone_is_aware() -> None:
    (draft,) = understood(letter("Date: Wed, 4 Nov 2026 10:00:00"))
    assert draft.occurred_at == datetime(2026, 11, 4, 10, tzinfo=UTC)


def test_a_senders_clock_may_be_a_few_hours_fast() -> None:
    (draft,) = understood(letter(f"Date: {(LATER + timedelta(hours=3)):%a, %d %b %Y %H:%M:%S} +0000"))
    assert draft.occurred_at == LATER + timedelta(hours=3)


# What


def test_an_outlook_reply_is_parted_from_what_it_quotes() -> None:
    draft = only("outlook")
    assert draft.title == "AW: Quote für the Bahamas 🏝"
    assert draft.body == "Too expensive, I will ring tomorrow.\n\nGrüße\nDaniel"
    assert draft.data["quoted"].startswith("From: Blue Lagoon <help@bluelagoon.example>")
    assert "4,100" in draft.data["quoted"]
    assert draft.data["thread"] == "quote.77@bluelagoon.example"
    assert draft.traits["full_name"] == "Daniel Okafor"
    assert "style" not in draft.data["html"]


def test_a_mail_with_nothing_but_a_sender_is_taken() -> None:
    draft = only("bare")
    assert draft.title == "(no subject)"
    assert draft.key.startswith("sha256:")
    assert draft.body == "no more headers than that"
    assert "thread" not in draft.data


def test_eight_bit_headers_and_unknown_character_sets_are_read() -> None:
    draft = only("eight_bit")
    assert draft.title == "Grüße aus Köln"
    assert draft.traits["full_name"] == "Jürgen Müller"
    assert draft.body == "Schön �"


def test_the_text_of_an_attached_mail_is_not_the_mails() -> None:
    draft = only("hostile")
    assert "inner text" not in draft.body
    assert [(a["name"], a["type"]) for a in draft.data["attachments"]] == [
        ("../../logo.svg", "image/svg+xml"),
        ("old.eml", "message/rfc822"),
    ]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=utf-8''na%C3%AFve%20a.pdf", "naïve a.pdf"),
        ("attachment; filename*0*=utf-8''na%C3%AF; filename*1=ve.pdf", "naïve.pdf"),
        ("attachment; filename=plain.pdf; filename*=utf-8''na%C3%AFve.pdf", "naïve.pdf"),
        ("attachment; filename*=utf-8''na%C3%AFve.pdf; filename=plain.pdf", "naïve.pdf"),
        ('attachment; filename="=?utf-8?q?na=C3=AFve.pdf?="', "naïve.pdf"),
        ('attachment; filename="naïve.pdf"', "naïve.pdf"),
        ("attachment; filename=Invoice (1).pdf", "Invoice (1).pdf"),
        ('attachment; filename="a;b\\"c.pdf"; size=4', 'a;b"c.pdf'),
        ('attachment; filename="never ends.pdf', "never ends.pdf"),
        ("attachment", "type.pdf"),
    ],
)  # fmt: skip
def test_an_attachments_name_is_read_however_it_is_written(disposition: str, name: str) -> None:
    headers = f"Content-Type: application/pdf; name=type.pdf\r\nContent-Disposition: {disposition}"
    (draft,) = understood(letter(headers, "%PDF"))
    assert draft.data["attachments"] == [{"name": name, "type": "application/pdf", "size": 6}]


def test_a_header_of_many_quotes_is_read_no_further_than_it_makes_sense() -> None:
    quotes = ';a="' * 15_000
    (draft,) = understood(letter(f"Content-Type: text/plain; charset=utf-8{quotes}", "Grüße"))
    assert draft.body == "Grüße"


def test_the_subject_is_one_line_and_bounded() -> None:
    (draft,) = understood(letter("Subject: a\r\n\tb   c " + "x" * 5000))
    assert draft.title.startswith("a b c x")
    assert len(draft.title) == 500


def test_the_body_and_the_quote_are_bounded() -> None:
    (draft,) = understood(letter("Subject: x", "word " * 60_000 + "\r\n" + "> old\r\n" * 50_000))
    assert len(draft.body) == 100_000
    assert len(draft.data["quoted"]) == 20_000


@pytest.mark.parametrize(
    ("subject", "references"),
    [
        ("[#1234] Refund", {("ticket", "1234")}),
        ("Re: [Ticket #98-11]", {("ticket", "98-11")}),
        ("Ticket 1234 is still open", {("ticket", "1234")}),
        ("Order ABC-123", {("order", "ABC-123")}),
        ("order no. 55510 late", {("order", "55510")}),
        ("My booking TL-12345 and order #A1", {("booking", "TL-12345"), ("order", "A1")}),
        ("Reservation number: qq77", {("booking", "QQ77")}),
        ("In order to travel", set()),
        ("Booking for 2 people", set()),
        ("The case for more sun", set()),
    ],
)  # fmt: skip
def test_numbers_in_the_subject_are_references(subject: str, references: set[tuple[str, str]]) -> None:
    (draft,) = understood(letter(f"Subject: {subject}"))
    assert set(draft.references) == references


def test_a_long_thread_keeps_its_first_and_its_latest() -> None:
    ids = " ".join(f"<m{number}@x>" for number in range(200))
    (draft,) = understood(letter(f"Message-ID: <last@x>\r\nReferences: {ids}"))
    assert draft.data["thread"] == "m0@x"
    assert len(draft.data["references"]) == 50
    assert draft.data["references"][-1] == "m199@x"


def test_a_first_mail_begins_its_thread() -> None:
    (draft,) = understood(letter("Message-ID: <first@x>"))
    assert draft.data["thread"] == "first@x"


def test_a_very_long_message_id_still_tells_mails_apart() -> None:
    one, other = (raw_event(letter(f"Message-ID: <{'i' * 500}{end}@x>"), LATER) for end in "ab")
    assert one.key != other.key
    assert len(one.key) <= 200


def test_a_machines_mail_is_marked() -> None:
    assert only("absence").data["is_automatic"] is True
    assert "is_automatic" not in only("bare").data


# Consent


@pytest.mark.parametrize("name", ["stop", "one_click"])
def test_a_mail_that_only_says_stop_withdraws_consent(name: str) -> None:
    (consent,) = only(name, own_domains=["bluelagoon.example"]).consents
    assert (consent.purpose, consent.is_given, consent.channel) == ("marketing", False, "email")


def test_a_word_among_others_withdraws_nothing() -> None:
    (draft,) = understood(letter("Subject: Please stop the clock", "I want to stop in Nassau and unsubscribe later."))
    assert draft.consents == ()


# Whatever comes


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=200))
def test_no_bytes_break_the_adapter(noise: bytes, text: str) -> None:
    raw = b"From: ann@example.com\r\nSubject: " + noise + b"\r\n\r\n" + text.encode("utf-8", "replace")
    for body in (noise, raw, mail("hostile").replace(b"Hi", noise)):
        event = raw_event(body, LATER)
        assert len(event.key) <= 200
        if event.reason:
            continue
        try:
            drafts = adapter("mailbox").parse(event, OWN)
        except Unreadable:
            continue
        assert all(len(draft.key) <= 200 for draft in drafts)
        assert all(b"\0" not in orjson.dumps(plain(dict(draft.data))) for draft in drafts)


def test_an_event_of_unknown_kind_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        adapter("mailbox").parse(Event("k", "nonsense", b"x"), source())
    assert RECEIVED_AT.tzinfo
