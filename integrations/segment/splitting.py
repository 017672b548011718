"""Taking a request apart: one event each, every one able to stand alone. Pure."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from integrations.adapter import Event, Request
from integrations.errors import Rejected
from integrations.segment.reading import MAX_BATCH, MAX_EVENT, clean, dumps, payload, unpacked

TYPES = {
    "track": "track", "identify": "identify", "page": "page", "screen": "screen", "group": "group", "alias": "alias",
    "t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias",
}  # fmt: skip
NAMES = frozenset(TYPES.values())
BATCHES = frozenset({"batch", "import", "b"})
METRICS = "m"  # what the browser library counts about itself; of no customer
MAX_EVENTS = 2_500  # of a batch
SHARED = ("context", "integrations", "sentAt")  # what a batch says once for all its events
ID_KEYS = ("messageId", "message_id", "uuid")
MAX_KEY = 200


def split(request: Request) -> list[Event]:
    """The events of a request. Raises Rejected when nothing in it can be read, or it is larger than documented."""
    door = request.path.rstrip("/").rpartition("/")[2]
    if len(request.body) > MAX_BATCH:
        raise Rejected(f"segment: the body is over {MAX_BATCH} bytes; send smaller batches")
    if door == METRICS:
        return []
    if door in BATCHES:
        return batch(payload(request), request)
    if door in TYPES:
        return [single(TYPES[door], payload(request), request)]
    raise Rejected(
        f"segment: there is no /{ascii(door[:40])[1:-1]}; send to /v1/batch, /v1/track, /v1/identify, /v1/page ...", 404
    )


def single(kind: str, body: Any, request: Request) -> Event:
    """The one event of a call. Raises Rejected when it cannot be kept."""
    if not isinstance(body, dict):
        raise Rejected("segment: the body is not a JSON object; send one event")
    if len(request.body) > MAX_EVENT or len(unpacked(request.body)) > MAX_EVENT:
        raise Rejected(f"segment: the event is over {MAX_EVENT} bytes; send less")
    event = kept({**body, "type": kind}, {"receivedAt": request.received_at.isoformat()})
    if event.reason.startswith("nested"):
        raise Rejected(f"segment: the event is {event.reason}")
    return event


def batch(body: Any, request: Request) -> list[Event]:
    """The events of a batch; what the batch says once is given to each that lacks it."""
    items = body.get("batch") if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise Rejected('segment: the body has no list of events; send {"batch": [...]}')
    if len(items) > MAX_EVENTS:
        raise Rejected(f"segment: the batch has over {MAX_EVENTS} events; send smaller batches")
    shared: dict[str, Any] = {"receivedAt": request.received_at.isoformat()}
    if isinstance(body, dict):
        shared |= {name: body[name] for name in SHARED if body.get(name)}
    return [kept(item, shared) for item in items]


def kept(item: Any, shared: Mapping[str, Any]) -> Event:
    """One event as it will be kept, or why it was refused."""
    if not isinstance(item, dict):
        body, _ = dumps(item)
        return Event(digest(body), "unknown", body, "not a JSON object")
    key, kind = key_of(item), kind_of(item)
    body, reason = dumps({**item, **merged(item, shared)})
    if len(body) > MAX_EVENT and len(dumps(item)[0]) > MAX_EVENT:
        reason = f"over {MAX_EVENT} bytes"
    return Event(key, kind or "unknown", body, reason or flaw(item, kind))


def merged(event: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """What an event lacks of what its batch says: whole fields, and single entries of the context."""
    added = {name: value for name, value in shared.items() if not event.get(name)}
    ours, common = event.get("context"), shared.get("context")
    if ours and isinstance(ours, dict) and isinstance(common, dict):
        added["context"] = {**common, **ours}
    return added


def kind_of(event: Mapping[str, Any]) -> str:
    """The type of an event, or "". Senders with a shape of their own say `capture`, or only name the event."""
    kind = event.get("type") or event.get("action")
    if isinstance(kind, str) and kind in NAMES:
        return kind
    return "track" if "distinct_id" in event and kind in (None, "capture") else ""


def flaw(event: Mapping[str, Any], kind: str) -> str:
    """Why an event cannot be taken, or ""."""
    if not kind:
        return f"its type is none of {', '.join(sorted(NAMES))}"
    if not (is_id(event.get("userId")) or is_id(event.get("anonymousId")) or is_id(event.get("distinct_id"))):
        return "it has neither userId nor anonymousId, as text or a whole number"
    if kind == "track" and not event.get("event"):
        return "a track event needs the name of the event"
    if kind == "alias" and not is_id(event.get("previousId")):
        return "an alias needs a previousId"
    return ""


def is_id(value: object) -> bool:
    """Whether a value can be an id: text, or a number that JSON carries exactly."""
    if isinstance(value, str):
        return bool(value)
    return type(value) is int or (isinstance(value, float) and value.is_integer() and abs(value) < 2**53)


def key_of(event: Mapping[str, Any]) -> str:
    """What deduplicates an event: its message id, or a hash of all but the time it was sent at."""
    for name in ID_KEYS:
        value = event.get(name)
        if is_id(value) and (key := str(clean(str(value))).strip()):
            return key if len(key) <= MAX_KEY else digest(key.encode())
    return digest(dumps({name: value for name, value in event.items() if name != "sentAt"})[0])


def digest(body: bytes) -> str:
    return f"hash-{blake2b(body, digest_size=16).hexdigest()}"
