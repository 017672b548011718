"""The WhatsApp Cloud API, as Meta documents it."""

import pytest

from integrations.errors import Unreadable
from integrations.meta.tests.posting import META, drafts, events, fixture, folded, only, source
from journeys.interactions.drafts import Seen

SHEENA = Seen("phone", "+16505551234")


def test_a_message_comes_from_the_number() -> None:
    draft = only("whatsapp_text")
    assert draft.identifiers == (SHEENA,)
    assert (draft.kind, draft.direction, draft.title) == ("message", "in", "WhatsApp message")
    assert draft.body == "Does it come in another colour?"
    assert draft.traits == {"full_name": "Sheena Nelson"}
    assert draft.occurred_at.isoformat() == "2026-11-03T09:15:24+00:00"


def test_a_username_without_a_number_has_metas_id() -> None:
    draft = only("whatsapp_username")
    assert draft.identifiers == (Seen("handle", "US.13491208655302741918", "whatsapp"),)


def test_a_number_and_metas_id_seen_together_are_one_customers() -> None:
    told = fixture("whatsapp_text")
    told["entry"][0]["changes"][0]["value"]["contacts"][0]["user_id"] = "US.13491208655302741918"
    (draft,) = META.parse(events(told)[0], source())
    assert draft.identifiers == (SHEENA, Seen("handle", "US.13491208655302741918", "whatsapp"))


def test_names_go_with_the_right_number() -> None:
    told = fixture("whatsapp_text")
    value = told["entry"][0]["changes"][0]["value"]
    value["contacts"].insert(0, {"profile": {"name": "Tom Whitfield"}, "wa_id": "447700900123"})
    (draft,) = META.parse(events(told)[0], source())
    assert draft.traits == {"full_name": "Sheena Nelson"}


def test_a_name_of_signs_is_none() -> None:
    told = fixture("whatsapp_text")
    told["entry"][0]["changes"][0]["value"]["contacts"][0]["profile"]["name"] = "🌴🌴"
    (draft,) = META.parse(events(told)[0], source())
    assert draft.traits == {}


def test_an_advertisement_is_the_campaign() -> None:
    assert only("whatsapp_ad").data["campaign"] == {
        "source": "whatsapp",
        "medium": "ad",
        "name": "A week in Nassau",
        "id": "120226305854810726",
        "url": "https://fb.me/3cr4Wqqkv",
        "click_id": "Aff-n8ZTODiE79d22KtAwQKj9e",
    }


def test_a_picture_is_listed_and_its_caption_is_the_text() -> None:
    draft = only("whatsapp_image")
    assert draft.body == "Our room"
    assert draft.data["attachments"][0]["type"] == "image/jpeg"
    assert draft.data["attachments"][0]["id"] == "1003383421387256"


def test_a_place_has_its_coordinates() -> None:
    draft = only("whatsapp_location")
    assert draft.body == "Junkanoo Beach, Nassau"
    assert draft.data["attachments"][0]["latitude"] == 25.0443


def test_the_chosen_answer_is_the_text() -> None:
    draft = only("whatsapp_button")
    assert draft.body == "Priority Mail Express"
    assert draft.data["payload"] == "priority_express"
    assert draft.data["in_reply_to"] == "wamid.OUT1"


@pytest.mark.parametrize(
    ("kind", "inner", "body"),
    [
        ("button", {"payload": "No-Button-Payload", "text": "No"}, "No"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "1", "title": "Yes"}}, "Yes"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{}"}}, "Sent"),
        ("audio", {"id": "1", "mime_type": "audio/ogg; codecs=opus", "voice": True}, "[audio]"),
        ("video", {"id": "1", "mime_type": "video/mp4"}, "[video]"),
        ("sticker", {"id": "1", "mime_type": "image/webp", "animated": False}, "[sticker]"),
        ("document", {"id": "1", "filename": "passport.pdf", "mime_type": "application/pdf"}, "[document]"),
        ("contacts", [{"name": {"formatted_name": "Tom Whitfield"}, "phones": []}], "[contact]"),
        ("order", {"catalog_id": "1", "product_items": [{"product_retailer_id": "x"}]}, "[order]"),
        ("request_welcome", None, "[unsupported message]"),
    ],
)  # fmt: skip
def test_every_kind_of_message_has_a_text(kind: str, inner: object, body: str) -> None:
    told = fixture("whatsapp_text")
    (message,) = told["entry"][0]["changes"][0]["value"]["messages"]
    del message["text"]
    message.update({"type": kind, kind: inner})
    (draft,) = META.parse(events(told)[0], source())
    assert draft.body == body
    assert draft.identifiers == (SHEENA,)


def test_an_unsupported_message_says_why() -> None:
    draft = only("whatsapp_unsupported")
    assert draft.body == "[unsupported message]"
    assert draft.data["error"] == "Message type unknown"


def test_our_message_its_receipts_and_its_reaction_are_one_interaction() -> None:
    message = folded(drafts("whatsapp_echo", "whatsapp_statuses", "whatsapp_reaction"))
    assert (message.direction, message.body, message.title) == ("out", "Your transfer is booked.", "WhatsApp message")
    assert message.data["status"] == "read"
    assert {"sent_at", "delivered_at", "read_at"} <= set(message.data)
    assert message.data["reactions"][0]["emoji"] == "👍"
    assert all(draft.identifiers == (SHEENA,) for draft in drafts("whatsapp_echo", "whatsapp_statuses"))


def test_a_failure_says_why() -> None:
    draft = only("whatsapp_failed")
    assert draft.data["status"] == "failed"
    assert "healthy ecosystem" in draft.data["error"]


def test_receipts_alone_are_an_outgoing_message() -> None:
    message = folded(drafts("whatsapp_statuses"))
    assert (message.kind, message.direction, message.title) == ("message", "out", "WhatsApp message")


def test_a_changed_number_joins_the_old_and_the_new() -> None:
    draft = only("whatsapp_number_changed")
    assert draft.identifiers == (SHEENA, Seen("phone", "+12195555358"))
    assert draft.is_verified
    assert (draft.kind, draft.title) == ("number_changed", "Changed their WhatsApp number")


def test_the_older_form_of_a_changed_number_is_known() -> None:
    told = fixture("whatsapp_number_changed")
    system = told["entry"][0]["changes"][0]["value"]["messages"][0]["system"]
    system["new_wa_id"] = system.pop("wa_id")
    assert len(META.parse(events(told)[0], source())[0].identifiers) == 2


def test_another_notice_joins_nobody() -> None:
    told = fixture("whatsapp_number_changed")
    told["entry"][0]["changes"][0]["value"]["messages"][0]["system"]["type"] = "customer_identity_changed"
    (draft,) = META.parse(events(told)[0], source())
    assert draft.identifiers == (SHEENA,)
    assert not draft.is_verified


def test_an_edited_and_revoked_message_is_one_interaction() -> None:
    message = folded(drafts("whatsapp_text", "whatsapp_edit", "whatsapp_revoke"))
    assert message.body == "Does it come in another colour?"
    assert message.data["edits"][0]["text"] == "Does it come in blue?"
    assert message.data["is_deleted"] is True


def test_a_field_about_no_customer_says_how_to_be_rid_of_it() -> None:
    (event,) = events(fixture("whatsapp_template_status"))
    with pytest.raises(Unreadable, match="unsubscribe from it"):
        META.parse(event, source())
