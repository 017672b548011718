"""Messenger, Instagram and comments, as Meta documents them."""

import pytest

from integrations.errors import Unreadable
from integrations.meta.tests.posting import META, drafts, events, fixture, folded, only, source
from journeys.interactions.drafts import Seen

JANE = Seen("handle", "6011234567890123", "messenger:108427225641466")
JANE_ON_INSTAGRAM = Seen("handle", "1254459154682919", "instagram:17841405822304914")


def test_a_message_comes_from_the_customer_of_that_page() -> None:
    draft = only("messenger_text")
    assert draft.identifiers == (JANE,)
    assert (draft.kind, draft.direction, draft.part) == ("message", "in", "message")
    assert (draft.title, draft.body) == ("Messenger message", "Is the transfer included?")
    assert draft.data == {"platform": "Messenger", "payload": "ASK_TRANSFER"}
    assert draft.occurred_at.isoformat() == "2026-11-03T09:15:24+00:00"


def test_an_attachment_is_listed() -> None:
    draft = only("messenger_attachment")
    assert draft.body == "[image]"
    (attachment,) = draft.data["attachments"]
    assert attachment["type"] == "image"
    assert attachment["url"].startswith("https://scontent")
    assert draft.data["in_reply_to"].startswith("m_1457764197618")


def test_an_address_that_could_run_is_left_out() -> None:
    told = fixture("messenger_attachment")
    told["entry"][0]["messaging"][0]["message"]["attachments"][0]["payload"]["url"] = "javascript:alert(1)"
    (draft,) = META.parse(events(told)[0], source())
    assert "url" not in draft.data["attachments"][0]


def test_an_echo_goes_out_to_the_customer() -> None:
    draft = only("messenger_echo")
    assert draft.direction == "out"
    assert draft.identifiers == (JANE,)


def test_our_message_its_receipt_and_its_reaction_are_one_interaction() -> None:
    message = folded(drafts("messenger_echo", "messenger_delivery", "messenger_reaction"))
    assert (message.kind, message.direction, message.body) == ("message", "out", "How can we help?")
    assert message.data["status"] == "delivered"
    assert [(r["emoji"], r["is_given"]) for r in message.data["reactions"]] == [("❤️", True)]
    assert message.title == "Messenger message"
    assert message.occurred_at == only("messenger_echo").occurred_at


def test_a_reaction_taken_back_stands_after_the_one_given() -> None:
    told = fixture("messenger_reaction")
    item = told["entry"][0]["messaging"][0]
    item["timestamp"] += 5000
    item["reaction"] = {"action": "unreact", "mid": item["reaction"]["mid"]}
    (back,) = META.parse(events(told)[0], source())
    found = folded([back, *drafts("messenger_reaction", "messenger_echo")])
    assert [r["is_given"] for r in found.data["reactions"]] == [True, False]


def test_a_receipt_that_names_no_message_leaves_nothing() -> None:
    assert drafts("messenger_read") == []


def test_an_edit_keeps_both_texts() -> None:
    message = folded(drafts("messenger_text", "messenger_edit"))
    assert message.body == "Is the transfer included?"
    assert message.data["is_edited"] is True
    assert [edit["text"] for edit in message.data["edits"]] == ["Is the airport transfer included?"]


def test_a_postback_says_what_was_pressed() -> None:
    draft = only("messenger_postback")
    assert (draft.kind, draft.title) == ("postback", "Pressed “Get started” on Messenger")
    assert draft.data["campaign"] == {"source": "messenger", "medium": "shortlink", "name": "autumn"}


def test_an_advertisement_is_the_campaign() -> None:
    draft = only("messenger_referral")
    assert (draft.kind, draft.title) == ("referral", "Came to Messenger from an advertisement")
    assert draft.data["campaign"] == {
        "source": "messenger",
        "medium": "ad",
        "name": "A week in Nassau",
        "id": "6045246247433",
    }


def test_instagram_has_ids_of_its_own() -> None:
    draft = only("instagram_text")
    assert draft.identifiers == (JANE_ON_INSTAGRAM,)
    assert draft.title == "Message on Instagram"
    assert draft.data["story"].startswith("https://lookaside")


def test_instagrams_own_login_wraps_messages_in_changes() -> None:
    told = fixture("instagram_text")
    (entry,) = told["entry"]
    entry["changes"] = [{"field": "messages", "value": entry.pop("messaging")[0]}]
    (event,) = events(told)
    assert META.parse(event, source()) == drafts("instagram_text")


def test_an_unsent_message_is_marked() -> None:
    message = folded(drafts("instagram_text", "instagram_deleted"))
    assert message.data["is_deleted"] is True
    assert message.direction == "in"


def test_a_read_message_on_instagram_has_its_status() -> None:
    draft = only("instagram_read")
    assert (draft.key, draft.part, draft.direction) == ("igout", "status:read", "out")
    assert draft.data["status"] == "read"


def test_a_message_that_meta_does_not_pass_on_says_so() -> None:
    draft = only("instagram_unsupported")
    assert draft.body == "[unsupported message]"
    assert draft.data["is_unsupported"] is True


def test_something_new_is_kept_as_an_unsupported_message() -> None:
    told = fixture("messenger_text")
    item = told["entry"][0]["messaging"][0]
    item["hologram"] = item.pop("message")
    (draft,) = META.parse(events(told)[0], source())
    assert draft.title == "Unsupported message on Messenger"
    assert draft.data["unsupported"] == ["hologram"]
    assert draft.identifiers == (JANE,)


def test_a_handover_between_apps_leaves_nothing() -> None:
    told = fixture("messenger_text")
    item = told["entry"][0]["messaging"][0]
    item["pass_thread_control"] = item.pop("message")
    assert META.parse(events(told)[0], source()) == []


def test_an_event_that_names_nobody_is_unreadable() -> None:
    told = fixture("messenger_text")
    told["entry"][0]["messaging"][0] = {"sender": {"user_ref": "box-1"}, "optin": 7}
    with pytest.raises(Unreadable, match="names nobody"):
        META.parse(events(told)[0], source())


def test_a_comment_is_from_who_wrote_it() -> None:
    draft = only("page_comment")
    assert draft.identifiers == (Seen("handle", "5551112223334", "facebook:108427225641466"),)
    assert (draft.kind, draft.title, draft.body) == ("comment", "Comment on Facebook", "Nobody answers the phone!")
    assert draft.traits == {"full_name": "Jane Whitfield"}
    assert draft.data["post"] == "108427225641466_77"


def test_a_comment_edited_and_removed_is_one_interaction() -> None:
    found = drafts("page_comment")
    for verb, text, later in (("edited", "Somebody answered.", 60), ("remove", "", 90)):
        told = fixture("page_comment")
        value = told["entry"][0]["changes"][0]["value"]
        value.update(verb=verb, message=text, created_time=value["created_time"] + later)
        found += META.parse(events(told)[0], source())
    comment = folded(found)
    assert comment.body == "Nobody answers the phone!"
    assert comment.data["edits"][0]["text"] == "Somebody answered."
    assert comment.data["is_deleted"] is True


def test_our_own_comment_is_nobodys() -> None:
    told = fixture("page_comment")
    told["entry"][0]["changes"][0]["value"]["from"]["id"] = "108427225641466"
    assert META.parse(events(told)[0], source()) == []


def test_a_comment_on_instagram_is_the_same_customers_as_the_message() -> None:
    draft = only("instagram_comment")
    assert draft.identifiers == (JANE_ON_INSTAGRAM,)
    assert (draft.title, draft.body) == ("Comment on Instagram", "How much is this?")
    assert draft.data["username"] == "jane.w"
