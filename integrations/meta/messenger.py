"""Messenger, Instagram messaging, and comments on a page's or an account's posts. Pure.

A message is kept as one part of an interaction, so that its reactions, receipts and edits, which come as events of
their own and in any order, fold into it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from integrations.adapter import Draft
from integrations.errors import Unreadable
from integrations.meta.content import (
    MAX_ATTACHMENTS,
    campaign,
    filled,
    in_brackets,
    items,
    mapping,
    text,
    web_address,
)
from integrations.meta.items import Item, bounded, digest, part_name
from journeys.interactions.drafts import Channel, Direction, Seen

# Between Meta and the apps of one page; no customer did anything.
HANDOVER = ("pass_thread_control", "take_thread_control", "request_thread_control", "app_roles", "policy_enforcement")


class Thread:
    """One messaging item: who the customer is, on which platform, and when."""

    def __init__(self, item: Item) -> None:
        self.item = item.item
        is_instagram = item.product == "instagram"
        self.platform = "Instagram" if is_instagram else "Messenger"
        self.title = "Message on Instagram" if is_instagram else "Messenger message"
        self.namespace = f"{self.platform.lower()}:{item.account}"
        self.is_echo = bool(mapping(self.item.get("message")).get("is_echo"))
        read, delivery = mapping(self.item.get("read")), mapping(self.item.get("delivery"))
        self.at = item.at(self.item.get("timestamp"), read.get("watermark"), delivery.get("watermark"))

    @property
    def customer(self) -> tuple[Seen, ...]:
        """The customer's id for this page or account; nobody where Meta names only a checkbox."""
        found = mapping(self.item.get("recipient" if self.is_echo else "sender")).get("id")
        return (Seen("handle", str(found), self.namespace),) if found else ()

    def part(self, mid: object, part: str, data: dict[str, Any], direction: str = "", body: str = "") -> Draft:
        """One part of the message `mid`."""
        if not mid:
            raise Unreadable(f"meta: a {part.partition(':')[0]} that names no message")
        return self.draft(bounded(str(mid)), "message", self.title, data, direction, body, part)

    def draft(
        self, key: str, kind: str, title: str, data: dict[str, Any], direction: str, body: str, part: str = ""
    ) -> Draft:
        return Draft(
            key=key,
            channel=Channel.SOCIAL,
            kind=kind,
            occurred_at=self.at,
            identifiers=self.customer,
            direction=direction,
            title=title,
            body=body,
            data={"platform": self.platform, **data},
            part=part,
        )

    def own_key(self, kind: str) -> str:
        """The key of an event that has no id: the same for the same event."""
        return bounded(f"{kind}:{digest(self.item)}")


def drafts(item: Item) -> list[Draft]:
    """The drafts of one item of a page or an Instagram account."""
    if item.field not in ("messaging", "standby"):
        return feed_drafts(item)
    thread = Thread(item)
    for name, understand in KINDS.items():
        if isinstance(item.item.get(name), dict):
            return understand(thread, item.item[name])
    if any(name in item.item for name in HANDOVER):
        return []
    return unknown(thread)


def unknown(thread: Thread) -> list[Draft]:
    """Something that Meta has added since: kept, and said to be unknown."""
    names = sorted(set(thread.item) - {"sender", "recipient", "timestamp"})
    if not thread.customer:
        raise Unreadable(f"meta: an event that names nobody ({', '.join(names)[:100] or 'empty'})")
    title = f"Unsupported message on {thread.platform}"
    return [thread.draft(thread.own_key("unknown"), "message", title, filled(unsupported=names), Direction.IN, "")]


def message(thread: Thread, told: Mapping[str, Any]) -> list[Draft]:
    direction = Direction.OUT if thread.is_echo else Direction.IN
    if told.get("is_deleted"):
        return [thread.part(told.get("mid"), "deleted", {"is_deleted": True}, direction)]
    attached = [attachment(found) for found in items(told.get("attachments"))][:MAX_ATTACHMENTS]
    is_unsupported = bool(told.get("is_unsupported"))
    body = text(told.get("text")) or in_brackets(attached) or ("[unsupported message]" if is_unsupported else "")
    reply = mapping(told.get("reply_to"))
    data = filled(
        attachments=attached,
        in_reply_to=text(reply.get("mid")),
        story=web_address(mapping(reply.get("story")).get("url")),
        payload=text(mapping(told.get("quick_reply")).get("payload")),
        campaign=campaign(mapping(told.get("referral")), thread.platform.lower()),
        is_unsupported=is_unsupported,
    )
    return [thread.part(told.get("mid"), "message", data, direction, body)]


def attachment(told: Mapping[str, Any]) -> dict[str, Any]:
    """An attachment as it is listed: its type, name and address; a place has coordinates."""
    payload = mapping(told.get("payload"))
    place = mapping(payload.get("coordinates"))
    return {
        "type": text(told.get("type"))[:40] or "file",
        **filled(
            name=text(payload.get("title") or told.get("title"))[:200],
            url=web_address(payload.get("url") or told.get("url")),
            latitude=place.get("lat"),
            longitude=place.get("long"),
        ),
    }


def edit(thread: Thread, told: Mapping[str, Any]) -> list[Draft]:
    edited = {"text": text(told.get("text")), "at": thread.at.isoformat()}
    part = part_name("edit", told.get("num_edit"), told.get("text"))
    return [thread.part(told.get("mid"), part, {"is_edited": True, "edits": [edited]})]


def reaction(thread: Thread, told: Mapping[str, Any]) -> list[Draft]:
    """A reaction to a message, given or taken back, by the customer."""
    found = reaction_data(told.get("emoji") or told.get("reaction"), told.get("action") != "unreact", thread.at)
    return [thread.part(told.get("mid"), part_name("reaction", thread.customer, thread.at, found), found)]


def reaction_data(emoji: object, is_given: bool, at: datetime) -> dict[str, Any]:
    return {"reactions": [filled(emoji=text(emoji)[:40]) | {"is_given": is_given, "at": at.isoformat()}]}


def delivery(thread: Thread, told: Mapping[str, Any]) -> list[Draft]:
    """Our messages that arrived. A receipt that names none (only a watermark) leaves nothing."""
    mids = told.get("mids")
    return [receipt(thread, mid, "delivered") for mid in mids] if isinstance(mids, list) else []


def read(thread: Thread, told: Mapping[str, Any]) -> list[Draft]:
    """A message of ours that was read. Messenger names none, Instagram does."""
    return [receipt(thread, told["mid"], "read")] if told.get("mid") else []


def receipt(thread: Thread, mid: object, status: str) -> Draft:
    return thread.part(
        mid, f"status:{status}", {"status": status, f"{status}_at": thread.at.isoformat()}, Direction.OUT
    )


def postback(thread: Thread, told: Mapping[str, Any]) -> list[Draft]:
    pressed = text(told.get("title")) or text(told.get("payload")) or "a button"
    data = filled(
        payload=text(told.get("payload")),
        campaign=campaign(mapping(told.get("referral")), thread.platform.lower()),
    )
    key = bounded(f"postback:{told['mid']}") if told.get("mid") else thread.own_key("postback")
    return [thread.draft(key, "postback", f"Pressed “{pressed[:100]}” on {thread.platform}", data, Direction.IN, "")]


def referral(thread: Thread, told: Mapping[str, Any]) -> list[Draft]:
    data = filled(campaign=campaign(told, thread.platform.lower()), ref=text(told.get("ref")))
    from_where = "an advertisement" if data.get("campaign", {}).get("medium") == "ad" else "a link"
    title = f"Came to {thread.platform} from {from_where}"
    return [thread.draft(thread.own_key("referral"), "referral", title, data, Direction.IN, "")]


KINDS: dict[str, Callable[[Thread, Mapping[str, Any]], list[Draft]]] = {
    "message": message,
    "message_edit": edit,
    "reaction": reaction,
    "delivery": delivery,
    "read": read,
    "postback": postback,
    "referral": referral,
}


# Comments and other doings on posts


def feed_drafts(item: Item) -> list[Draft]:
    """A change of a page's feed or of an Instagram account's comments: what somebody wrote or did there."""
    told, author = item.item, mapping(item.item.get("from"))
    if item.field not in ("feed", "comments", "live_comments"):
        raise Unreadable(f"meta: nothing is known of the field {item.field[:40]}; unsubscribe from it, or ask for it")
    if not author.get("id"):
        raise Unreadable(f"meta: a change of {item.field} that names nobody")
    if str(author["id"]) == item.account:
        return []  # our own post or comment, to nobody in particular
    return [feed_draft(item, told, author)]


def feed_draft(item: Item, told: Mapping[str, Any], author: Mapping[str, Any]) -> Draft:
    """What a person did is one interaction; its edits and its removal are parts of it."""
    is_instagram = item.product == "instagram"
    platform = "Instagram" if is_instagram else "Facebook"
    kind = text(told.get("item"))[:20] or "comment"
    verb = text(told.get("verb")) or "add"
    at = item.at(told.get("created_time"))
    is_first = verb == "add"
    body = text(told.get("message")) or text(told.get("text"))
    edits = [] if is_first or not body else [{"text": body, "at": at.isoformat()}]
    return Draft(
        key=feed_key(told, author, kind, is_instagram),
        channel=Channel.SOCIAL,
        kind=kind,
        occurred_at=at,
        identifiers=(Seen("handle", str(author["id"]), f"{platform.lower()}:{item.account}"),),
        direction=Direction.IN,
        title=f"{kind.replace('_', ' ').capitalize()} on {platform}",
        body=body if is_first else "",
        data=filled(
            platform=platform,
            post=str(told.get("post_id") or mapping(told.get("media")).get("id") or ""),
            in_reply_to=str(told.get("parent_id") or ""),
            edits=edits,
            is_edited=bool(edits),
            is_deleted=verb in ("remove", "delete", "hide"),
            username=text(author.get("username")),
        ),
        traits=filled(full_name=text(author.get("name"))[:200]),
        part="post" if is_first else part_name(verb[:20], told.get("created_time"), body),
    )


def feed_key(told: Mapping[str, Any], author: Mapping[str, Any], kind: str, is_instagram: bool) -> str:
    """What was written has an id; what was done (a like) is told by who did it to what."""
    own = told.get("id") if is_instagram else told.get("comment_id") if kind == "comment" else None
    return bounded(f"{kind}:{own}" if own else f"{kind}:{told.get('post_id')}:{author['id']}")
