"""The WhatsApp Cloud API: messages, echoes of what our people wrote in the app, and what became of our messages. Pure.

Since 2026 people may hide their number behind a username; what always comes is Meta's id for them within our business
(`user_id`, such as US.1349…). Both are identifiers; seen together, they are one customer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.adapter import Draft
from integrations.errors import Unreadable
from integrations.meta.content import campaign, filled, in_brackets, items, mapping, text, web_address
from integrations.meta.items import Item, bounded, part_name
from integrations.meta.messenger import reaction_data
from journeys.interactions.drafts import Channel, Direction, Seen

TITLE = "WhatsApp message"
MEDIA = ("image", "video", "audio", "document", "sticker")
NAMESPACE = "whatsapp"


@dataclass(frozen=True, slots=True)
class Said:
    """What one message says: its text, and what goes into `data`."""

    body: str
    data: dict[str, Any]


def drafts(item: Item) -> list[Draft]:
    """The drafts of one item of a WhatsApp business account."""
    if item.listed == "statuses":
        return [status(item)]
    if item.listed == "message_echoes":
        return message(item, Direction.OUT)
    if item.listed == "messages":
        return message(item, Direction.IN)
    errors = items(item.item.get("errors"))
    if errors:
        raise Unreadable(f"meta: WhatsApp reports an error: {text(errors[0].get('title'))[:200]}")
    raise Unreadable(f"meta: nothing is known of the field {item.field[:40]}; unsubscribe from it, or ask for it")


def message(item: Item, direction: Direction) -> list[Draft]:
    """A message, or what somebody did to an earlier one."""
    told = item.item
    kind = text(told.get("type"))
    if kind == "system":
        return [system(item)]
    if kind in ("reaction", "edit", "revoke"):
        return [change(item, kind, direction)]
    said = content(told, kind)
    data = said.data | filled(
        campaign=campaign(mapping(told.get("referral")), "whatsapp"),
        in_reply_to=text(mapping(told.get("context")).get("id")),
        is_forwarded=bool(mapping(told.get("context")).get("forwarded")),
    )
    return [part(item, told.get("id"), "message", data, direction, said.body)]


def part(item: Item, wamid: object, name: str, data: Mapping[str, Any], direction: str = "", body: str = "") -> Draft:
    """One part of the message `wamid`."""
    if not wamid:
        raise Unreadable(f"meta: a WhatsApp {name.partition(':')[0]} that names no message")
    identifiers = customer(item, direction if item.listed != "statuses" else Direction.OUT)
    return Draft(
        key=bounded(str(wamid)),
        channel=Channel.SOCIAL,
        kind="message",
        occurred_at=item.at(item.item.get("timestamp")),
        identifiers=identifiers,
        direction=direction,
        title=TITLE,
        body=body,
        data={"platform": "WhatsApp", **data},
        traits=filled(full_name=profile_name(item)) if item.listed == "messages" else {},
        part=name,
    )


def customer(item: Item, direction: str) -> tuple[Seen, ...]:
    """The customer's number and id, as far as WhatsApp tells them."""
    told, contact = item.item, contact_of(item)
    if item.listed == "statuses":
        number, user = told.get("recipient_id"), told.get("recipient_user_id")
    elif item.listed == "message_echoes":
        number, user = told.get("to"), told.get("to_user_id")
    else:
        number, user = contact.get("wa_id") or told.get("from"), told.get("from_user_id")
    user = user or contact.get("user_id")
    found = [phone(number)] if number else []
    return tuple(found + ([Seen("handle", str(user), NAMESPACE)] if user else []))


def phone(number: object) -> Seen:
    """A WhatsApp number, which comes without its plus."""
    return Seen("phone", "+" + str(number).strip().lstrip("+"))


def contact_of(item: Item) -> Mapping[str, Any]:
    """What the change says of this message's sender; it may speak of several people."""
    contacts = items(item.value.get("contacts"))
    told = item.item
    ids = {str(told.get(name)) for name in ("from", "to", "from_user_id", "recipient_id") if told.get(name)}
    named = (c for c in contacts if ids & {str(c.get("wa_id")), str(c.get("user_id"))})
    return next(named, contacts[0] if len(contacts) == 1 else {})


def profile_name(item: Item) -> str:
    """The name that the customer chose to show, when it holds a letter."""
    name = text(mapping(contact_of(item).get("profile")).get("name")).strip()[:200]
    return name if any(letter.isalpha() for letter in name) else ""


# What a message says


def content(told: Mapping[str, Any], kind: str) -> Said:
    inner = mapping(told.get(kind))
    if kind == "text":
        return Said(text(inner.get("body")), {})
    if kind in MEDIA:
        return media(inner, kind)
    if kind == "location":
        return location(inner)
    if kind in ("button", "interactive"):
        return pressed(inner)
    if kind == "contacts":
        return shared_contacts(told)
    if kind == "order":
        return Said(text(inner.get("text")) or "[order]", filled(products=items(inner.get("product_items"))))
    errors = items(told.get("errors"))
    why = text(errors[0].get("title")) if errors else ""
    return Said("[unsupported message]", filled(is_unsupported=True, unsupported=[kind or "no type"], error=why))


def media(inner: Mapping[str, Any], kind: str) -> Said:
    """A picture, recording or file: listed, with WhatsApp's id to fetch it by."""
    listed = {"type": text(inner.get("mime_type"))[:100] or kind, **filled(
        name=text(inner.get("filename"))[:200], id=str(inner.get("id") or ""), url=web_address(inner.get("url")),
        is_voice=bool(inner.get("voice")),
    )}  # fmt: skip
    return Said(text(inner.get("caption")) or in_brackets([{"type": kind}]), {"attachments": [listed]})


def location(inner: Mapping[str, Any]) -> Said:
    place = ", ".join(filter(None, (text(inner.get("name")), text(inner.get("address")))))
    spot = {"type": "location", **filled(
        name=place[:200], latitude=inner.get("latitude"), longitude=inner.get("longitude")
    )}  # fmt: skip
    return Said(place or "[location]", {"attachments": [spot]})


def pressed(inner: Mapping[str, Any]) -> Said:
    """The answer that was chosen: a template's button, or one of a list."""
    chosen = mapping(inner.get(text(inner.get("type")))) or inner
    words = (
        text(chosen.get("title")) or text(chosen.get("text")) or text(chosen.get("body")) or text(chosen.get("name"))
    )
    payload = text(chosen.get("id")) or text(chosen.get("payload")) or text(chosen.get("response_json"))
    return Said(words or "[answer]", filled(payload=payload, description=text(chosen.get("description"))))


def shared_contacts(told: Mapping[str, Any]) -> Said:
    """Somebody else's card: listed by name; a person who is merely mentioned is no customer."""
    names = [text(mapping(card.get("name")).get("formatted_name")) for card in items(told.get("contacts"))]
    return Said("[contact]", {"attachments": [{"type": "contact", **filled(name=name[:200])} for name in names[:20]]})


# What is done to a message, and what becomes of it


def change(item: Item, kind: str, direction: Direction) -> Draft:
    """A reaction to, an edit of or the removal of an earlier message."""
    told, inner = item.item, mapping(item.item.get(kind))
    at = item.at(told.get("timestamp"))
    if kind == "reaction":
        emoji = inner.get("emoji")
        name = part_name("reaction", told.get("id"))
        return part(item, inner.get("message_id"), name, reaction_data(emoji, bool(emoji), at))
    if kind == "revoke":
        return part(item, inner.get("original_message_id"), "deleted", {"is_deleted": True}, direction)
    edited = mapping(inner.get("message"))
    said = content(edited, text(edited.get("type")))
    data = {"is_edited": True, "edits": [{"text": said.body, "at": at.isoformat()}]}
    return part(item, inner.get("original_message_id"), part_name("edit", told.get("id")), data, direction)


def status(item: Item) -> Draft:
    """What became of a message of ours: sent, delivered, read, failed."""
    told = item.item
    name = text(told.get("status"))[:40] or "unknown"
    errors = items(told.get("errors"))
    at = item.at(told.get("timestamp")).isoformat()
    data = filled(error=text(errors[0].get("title")) if errors else "") | {"status": name, f"{name}_at": at}
    return part(item, told.get("id"), f"status:{name}", data, Direction.OUT)


def system(item: Item) -> Draft:
    """A change of number, which WhatsApp vouches for: the old and the new one are the same customer's."""
    told = mapping(item.item.get("system"))
    new = told.get("wa_id") or told.get("new_wa_id")
    is_number = text(told.get("type")) in ("user_changed_number", "customer_changed_number") and bool(new)
    seen = customer(item, Direction.IN)
    title = "Changed their WhatsApp number" if is_number else "WhatsApp notice"
    return Draft(
        key=bounded(str(item.item.get("id") or part_name("system", told, item.item.get("timestamp")))),
        channel=Channel.SOCIAL,
        kind="number_changed" if is_number else "notice",
        occurred_at=item.at(item.item.get("timestamp")),
        identifiers=(*seen, phone(new)) if is_number else seen,
        direction=Direction.IN,
        title=title,
        body=text(told.get("body")),
        data=filled(platform="WhatsApp", notice=text(told.get("type"))),
        is_verified=is_number,
    )
