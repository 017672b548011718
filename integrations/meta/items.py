"""Taking a notification apart: one event for each thing that happened, whose body stands alone. Pure.

Three shapes: `messaging` and `standby` (Messenger, Instagram), and `changes` (WhatsApp, comments), which Instagram's
own login also writes straight into the entry.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.adapter import Event
from journeys.interactions.plain import plain_text

MAX_KEY = 200
MOST = 5_000  # things in one notification; Meta sends a thousand at most
# What a WhatsApp change lists; its other members (metadata, contacts) say something of these.
LISTS = ("messages", "message_echoes", "statuses")
EARLIEST = datetime(2004, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened.

    product: page, instagram or whatsapp_business_account. account: the page, Instagram account or WhatsApp business it
    happened to. field: where it stood: messaging, standby, or the field of a change. listed: for a WhatsApp change,
    which of LISTS it stood in. value: the change's other members.
    """

    product: str
    account: str
    field: str
    listed: str
    value: Mapping[str, Any]
    item: Mapping[str, Any]
    entry_time: object
    received_at: datetime

    def at(self, *stamps: object) -> datetime:
        """The first of these times that can be one, else the entry's, else that of receipt."""
        found = (moment(stamp) for stamp in (*stamps, self.entry_time))
        latest = self.received_at + timedelta(days=1)
        return next((at for at in found if at and EARLIEST <= at <= latest), self.received_at)


def moment(stamp: object) -> datetime | None:
    """A time as Meta writes it: seconds or milliseconds, as a number or as text."""
    try:
        number = float(str(stamp))
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_item(told: Mapping[str, Any]) -> Item:
    """An event's body, as `split_entries` wrote it."""
    return Item(
        product=str(told["object"]),
        account=str(told["account"]),
        field=str(told["field"]),
        listed=str(told["listed"]),
        value=told["value"],
        item=told["item"],
        entry_time=told["time"],
        received_at=datetime.fromisoformat(str(told["received_at"])),
    )


def split_entries(told: Any, received_at: datetime) -> Sequence[Event]:
    """One event for each thing in a notification. Raises TypeError or LookupError when it is none."""
    events = []
    for entry in several(told["entry"]):
        frame = {
            "object": str(told["object"]),
            "account": str(entry["id"]),
            "time": entry.get("time"),
            "received_at": received_at.isoformat(),
        }
        events += [event(frame, *found) for found in things(entry)]
        if len(events) > MOST:
            raise ValueError(f"more than {MOST} things in one notification")
    return events


def several(found: Any) -> list[Any]:
    """A list. Raises TypeError for what is none: a text would be one thing a letter."""
    if not isinstance(found, list):
        raise TypeError("no list")
    return found


def things(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], Any]]:
    """(field, list, the change's other members, the item) of everything in an entry."""
    for field in ("messaging", "standby"):
        yield from ((field, "", {}, item) for item in several(entry.get(field) or []))
    changes = [*several(entry.get("changes") or [])]
    if "field" in entry:
        changes.append(entry)
    for change in changes:
        yield from changed(str(change["field"]), change.get("value"))


def changed(field: str, value: Any) -> Iterator[tuple[str, str, Mapping[str, Any], Any]]:
    """The items of one change; a change without a list is one item itself.

    Instagram's own login wraps messages so too: a change that has a sender and a recipient is a messaging item.
    """
    found = [name for name in LISTS if isinstance(value, dict) and value.get(name)]
    if not found:
        is_messaging = isinstance(value, dict) and "sender" in value and "recipient" in value
        yield "messaging" if is_messaging else field, "", {}, value
        return
    others = {name: inner for name, inner in value.items() if name not in LISTS}
    for name in found:
        yield from ((field, name, others, item) for item in several(value[name]))


def event(frame: Mapping[str, Any], field: str, listed: str, value: Mapping[str, Any], item: Any) -> Event:
    """One event, with all that is needed to understand it later. One that is no object fails alone."""
    body = json.dumps({**frame, "field": field, "listed": listed, "value": value, "item": item}).encode()
    reason = "" if isinstance(item, dict) else f"meta: an item of {field[:40]} is no object"
    told = item if isinstance(item, dict) else {}
    return Event(bounded(plain_text(event_key(told, listed) or digest([frame["account"], item]))),
                 field[:100], body, plain_text(reason))  # fmt: skip


def event_key(item: Mapping[str, Any], listed: str) -> str:
    """What tells an item from every other of its source, redelivered or not; "" when it has no id of its own."""
    if listed:
        status = f":{item.get('status')}" if listed == "statuses" else ""
        return f"{item['id']}{status}" if item.get("id") else ""
    message = item.get("message")
    if isinstance(message, dict) and message.get("mid"):
        return f"{message['mid']}:deleted" if message.get("is_deleted") else str(message["mid"])
    return ""


def digest(told: Any) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def bounded(key: str) -> str:
    """A key of no more than 200 characters; a longer one ends in its digest."""
    if len(key) <= MAX_KEY:
        return key
    return key[:130] + "~" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def part_name(kind: str, *told: object) -> str:
    """The name of one part of an interaction, short whatever it is made of."""
    return f"{kind}:" + hashlib.sha256(json.dumps([str(t) for t in told]).encode()).hexdigest()[:24]
