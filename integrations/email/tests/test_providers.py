"""Every provider's webhook: checked, taken apart, and understood the same."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.adapter import Draft, Request, SourceFacts
from integrations.email.tests.posting import (
    ADAPTERS,
    HOLDING_A_MAIL,
    SECRET,
    adapter,
    basic,
    fixture,
    hexmac,
    mail,
    posted,
    request,
    source,
    source_of,
    with_basic,
)
from integrations.errors import Rejected, Unreadable

SIGNED = ["mailersend", "mailgun", "mandrill", "postal"]
BY_BASIC_AUTH = sorted(set(ADAPTERS) - set(SIGNED))


def received(name: str, asked: Request, facts: SourceFacts | None = None) -> list[Draft]:
    """Through the whole adapter: verify, split, parse."""
    facts = facts or source_of(name)
    adapter(name).verify(asked, facts)
    return [draft for event in adapter(name).split(asked, facts) for draft in adapter(name).parse(event, facts)]


@pytest.mark.parametrize("name", HOLDING_A_MAIL)
def test_every_provider_gives_the_same_interaction(name: str) -> None:
    (draft,) = received(name, posted(name))
    assert draft.key == "CAF1x7nassau@mail.example.com"
    assert (draft.kind, draft.direction) == ("email", "in")
    assert [(seen.kind, seen.value) for seen in draft.identifiers] == [("email", "jane.whitfield@example.com")]
    assert draft.title == "Re: [#48213] Order BL-20931: transfer to the hotel"
    assert draft.body.startswith("Hello,\n\nthe transfer was not booked.")
    assert draft.body.endswith("Jane")
    assert "your booking is confirmed" in draft.data["quoted"]
    assert draft.data["thread"] == "48213.1@bluelagoon.example"
    assert draft.data["in_reply_to"] == "48213.2@bluelagoon.example"
    assert draft.data["cc"] == ["Tom Whitfield <tom@example.net>"]
    assert [a["name"] for a in draft.data["attachments"]] == ["invoice.pdf"]
    assert draft.data["attachments"][0]["type"] == "application/pdf"
    assert draft.traits["full_name"] == "Jane Whitfield"
    assert set(draft.references) == {("ticket", "48213"), ("order", "BL-20931")}
    assert draft.occurred_at.isoformat() == "2026-11-03T09:15:20+00:00"


@pytest.mark.parametrize("name", sorted(set(HOLDING_A_MAIL) - {"brevo"}))
def test_the_size_of_an_attachment_is_known(name: str) -> None:
    assert received(name, posted(name))[0].data["attachments"][0]["size"] == 9


@pytest.mark.parametrize("name", HOLDING_A_MAIL)
def test_a_redelivery_has_the_same_key(name: str) -> None:
    first = adapter(name).split(posted(name), source_of(name))
    later = adapter(name).split(replace(posted(name), received_at=posted(name).received_at), source_of(name))
    assert [event.key for event in first] == [event.key for event in later] == ["CAF1x7nassau@mail.example.com"]


@pytest.mark.parametrize("name", SIGNED)
def test_a_wrong_signature_is_refused_with_the_remedy(name: str) -> None:
    asked = posted(name)
    wrong = source(signing_key=source_of("postal").settings["signing_key"]) if name == "postal" else source()
    broken = replace(wrong, secret="another") if name != "postal" else wrong
    headers = {**asked.headers, "x-postal-signature": "AAAA"} if name == "postal" else asked.headers
    with pytest.raises(Rejected, match="check the setting signing_key") as refusal:
        adapter(name).verify(replace(asked, headers=headers), broken)
    assert refusal.value.status == 403


@pytest.mark.parametrize("name", SIGNED)
def test_a_missing_signature_is_refused(name: str) -> None:
    with pytest.raises(Rejected):
        adapter(name).verify(request(b"{}", "application/json"), source_of(name))


@pytest.mark.parametrize("name", BY_BASIC_AUTH)
def test_basic_auth_is_asked_for_where_nothing_is_signed(name: str) -> None:
    asked = posted(name) if name != "mailbox" else with_basic(request(mail("reply"), "message/rfc822"))
    adapter(name).verify(asked, source())
    bare = replace(asked, headers={k: v for k, v in asked.headers.items() if k != "authorization"})
    with pytest.raises(Rejected) as unasked:
        adapter(name).verify(bare, source())
    assert unasked.value.status == 401
    with pytest.raises(Rejected) as wrong:
        adapter(name).verify(with_basic(asked, "guess"), source())
    assert wrong.value.status == 403


@pytest.mark.parametrize("name", sorted(ADAPTERS))
@pytest.mark.parametrize(
    "body", [b"", b"not json at all", b"[]", b"null", b"{}", b'{"items":3}', b"\xff\x00\xfe", b"[" * 9000]
)
def test_what_is_no_mail_is_refused_or_says_why(name: str, body: bytes) -> None:
    def through() -> None:
        events = adapter(name).split(request(body, "application/json"), source_of(name))
        for event in events:
            if not event.reason:
                adapter(name).parse(event, source_of(name))
        raise Unreadable("; ".join(event.reason for event in events))

    with pytest.raises((Rejected, Unreadable)) as refusal:
        through()
    assert getattr(refusal.value, "status", 400) == 400


def test_several_mails_in_one_request_stand_alone() -> None:
    told = fixture("mandrill") * 2
    told = json.loads(json.dumps(told))
    told[1]["msg"]["raw_msg"] = told[1]["msg"]["raw_msg"].replace("CAF1x7nassau", "CAF1x7other")
    asked = posted("mandrill", told)
    adapter("mandrill").verify(asked, source())
    events = adapter("mandrill").split(asked, source())
    assert [event.key.partition("@")[0] for event in events] == ["CAF1x7nassau", "CAF1x7other"]
    assert [len(adapter("mandrill").parse(event, source())) for event in events] == [1, 1]
    assert b"CAF1x7other" not in events[0].body


@pytest.mark.parametrize("name", ["brevo", "mandrill", "sparkpost"])
def test_a_bad_mail_in_a_batch_fails_alone(name: str) -> None:
    told = fixture(name)
    (told["items"] if name == "brevo" else told).append({"odd": 1})
    good, bad = adapter(name).split(posted(name, told), source())
    assert not good.reason
    assert "not a received mail" in bad.reason
    assert len(adapter(name).parse(good, source())) == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("postmark", {"RecordType": "Bounce", "Type": "HardBounce"}),
        ("mailersend", {"type": "activity.opened", "data": {}}),
        ("resend", {"type": "email.opened", "data": {}}),
        ("sparkpost", [{"msys": {"message_event": {"type": "delivery"}}}]),
        ("mandrill", [{"event": "open", "ts": 1793697324, "msg": {"email": "a@example.com"}}]),
    ],
)
def test_another_kind_of_webhook_is_refused(name: str, told: Any) -> None:
    with pytest.raises(Rejected) as refusal:
        adapter(name).split(posted(name, told), source_of(name))
    assert refusal.value.status == 400


def test_unknown_fields_change_nothing() -> None:
    told = fixture("postmark") | {"NewIn2027": {"deep": [1, 2]}, "Spam": None}
    assert received("postmark", posted("postmark", told)) == received("postmark", posted("postmark"))


def test_halves_of_surrogate_pairs_and_nuls_do_not_stop_a_mail() -> None:
    told = fixture("postmark") | {"TextBody": "caf\ud83d \0 ok \ud83d\ude00", "Subject": "Hi"}
    (draft,) = received("postmark", posted("postmark", told))
    assert draft.body == "caf?  ok 😀"


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ({"ToFull": [{"Name": "Sales, Team", "Email": "sales@bluelagoon.example"}]},
         ["Sales, Team <sales@bluelagoon.example>"]),
        ({"ToFull": [{"Name": "", "Email": "undisclosed"}]}, ["undisclosed"]),
        ({"ToFull": [{"Name": "", "Email": ""}]}, None),
        ({"ToFull": [{"Name": 'A "B" C', "Email": "b@xn--lagoon"}]}, ['A "B" C <b@xn--lagoon>']),
    ],
)  # fmt: skip
def test_an_address_that_is_none_does_not_lose_postmarks_mail(change: Any, to: list[str] | None) -> None:
    (draft,) = received("postmark", posted("postmark", fixture("postmark") | change))
    assert draft.key == "CAF1x7nassau@mail.example.com"
    assert draft.data.get("to") == to


@pytest.mark.parametrize("value", ["", "folded\r\n value", "<unclosed", "=?utf-8?q?=ZZ", "(((", "\0"])
def test_a_malformed_header_does_not_lose_the_mail(value: str) -> None:
    told = fixture("postmark")
    told["Headers"] += [{"Name": name, "Value": value} for name in ("Message-ID", "Subject", "Sender", "Content-Type")]
    (draft,) = received("postmark", posted("postmark", told))
    assert draft.key == "CAF1x7nassau@mail.example.com"
    assert draft.title.startswith("Re: [#48213]")


def test_an_attachment_that_cannot_be_decoded_does_not_lose_the_mail() -> None:
    told = fixture("postmark")
    told["Attachments"][0]["Content"] = "JVBER"
    (draft,) = received("postmark", posted("postmark", told))
    assert draft.data["attachments"][0]["name"] == "invoice.pdf"


def test_a_mail_larger_than_djangos_limits_is_read() -> None:
    told = fixture("sendgrid")
    raw = mail("reply").decode() + "x" * 3_000_000
    fields = {"email": raw, "envelope": told["envelope"], "to": told["to"]}
    (draft,) = received("sendgrid", posted("sendgrid", fields))
    assert draft.title.startswith("Re: [#48213]")


def test_a_ping_leaves_nothing() -> None:
    assert adapter("sparkpost").split(posted("sparkpost", [{"msys": {}}]), source()) == []
    assert adapter("mandrill").split(posted("mandrill", []), source()) == []


def test_a_head_request_finds_the_address() -> None:
    asked = replace(request(b"", ""), method="HEAD")
    adapter("mandrill").verify(asked, source())
    assert adapter("mandrill").split(asked, source()) == []
    with pytest.raises(Rejected):
        adapter("mandrill").verify(replace(asked, method="GET"), source())


# What needs the provider's API


def test_mailtraps_notification_says_what_is_missing() -> None:
    (event,) = adapter("mailtrap").split(posted("mailtrap"), source())
    assert "without holding it" in event.reason


def test_mailtraps_signature_is_checked_once_its_key_is_set() -> None:
    asked = posted("mailtrap")
    facts = source(signing_key="trap-key")
    with pytest.raises(Rejected, match="signing_key"):
        adapter("mailtrap").verify(asked, facts)
    signed = replace(asked, headers={**asked.headers, "mailtrap-signature": hexmac(asked.body, "trap-key")})
    adapter("mailtrap").verify(signed, facts)


def test_resend_gives_who_wrote_when_and_about_what() -> None:
    (draft,) = received("resend", posted("resend"))
    assert draft.key == "CAF1x7nassau@mail.example.com"
    assert draft.identifiers[0].value == "jane.whitfield@example.com"
    assert draft.title.startswith("Re: [#48213]")
    assert draft.body == ""
    assert draft.data["attachments"] == [{"name": "invoice.pdf", "type": "application/pdf", "size": 0}]


def test_resends_signature_is_checked_once_its_key_is_set() -> None:
    secret = base64.b64encode(b"the svix secret").decode()
    asked = posted("resend")
    made = hmac.new(b"the svix secret", b"msg_1.1793697324." + asked.body, hashlib.sha256).digest()
    headers = {
        "svix-id": "msg_1",
        "svix-timestamp": "1793697324",
        "svix-signature": "v1,AAAA v1," + base64.b64encode(made).decode(),
    }
    signed = replace(asked, headers={"content-type": "application/json", **headers})
    adapter("resend").verify(signed, source(signing_key="whsec_" + secret))
    with pytest.raises(Rejected, match="signing_key"):
        adapter("resend").verify(replace(signed, body=b"{}"), source(signing_key="whsec_" + secret))


def test_a_mail_in_s3_says_how_to_get_it_into_the_notification() -> None:
    told = fixture("amazon_ses")
    inner = json.loads(told["Message"])
    inner["receipt"]["action"] = {"type": "S3", "bucketName": "mails", "objectKey": "d6iito"}
    (event,) = adapter("amazon_ses").split(posted("amazon_ses", told | {"Message": json.dumps(inner)}), source())
    assert "SNS action" in event.reason


def test_an_sns_subscription_shows_the_address_that_confirms_it() -> None:
    told = fixture("amazon_ses") | {
        "Type": "SubscriptionConfirmation",
        "Token": "2336412f37",
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37",
    }
    asked = posted("amazon_ses", told)
    adapter("amazon_ses").verify(asked, source())
    (event,) = adapter("amazon_ses").split(asked, source())
    assert "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription" in event.reason


def test_a_plain_mail_can_be_posted() -> None:
    asked = replace(request(mail("reply"), "message/rfc822"), headers={"authorization": basic(SECRET)})
    (draft,) = received("mailbox", asked)
    assert draft.key == "CAF1x7nassau@mail.example.com"
