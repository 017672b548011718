"""Realistic traffic for the ingest benchmark: a fixed seed, the vendors' own formats, 5 % redelivered, shuffled."""

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

BATCH = 20
VISITORS = 20_000
REDELIVERED = 0.05
CALLS, MAILS, MESSAGES = 0.006, 0.003, 0.003  # shares of the events (a call rings, is answered, ends); the rest is web
HALF_YEAR = 15_000_000  # seconds
PAGES = ("Bahamas holidays", "Atlantis, Paradise Island", "Quote", "Flights", "Extras", "Checkout", "Offers", "Help")
FIRST = ("Anna", "Tom", "Priya", "Jonathan", "Mia", "Elizabeth", "Ravi", "Grace", "Noah", "Ella", "Omar", "Ines")
LAST = ("Whitfield", "Okafor", "Marsh", "Hall", "Singh", "Price", "Evans", "Khan", "Lopez", "Novak", "Byrne", "Adler")
STATUSES = ("ringing", "in-progress", "completed")


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the traffic goes: write key and endpoints of the benchmark's sources."""

    host: str
    write_key: str
    calls: str
    calls_secret: str
    mail: str
    mail_secret: str
    social: str
    social_secret: str


@dataclass(slots=True)
class Traffic:
    """Raw HTTP requests with the number of events in each, and the (source kind, key) of every interaction expected."""

    requests: list[tuple[bytes, int]] = field(default_factory=list)
    expected: set[tuple[str, str]] = field(default_factory=set)

    @property
    def events(self) -> int:
        return sum(count for _, count in self.requests)


def traffic(events: int, doors: Doors, seed: int, batch: int = BATCH, others: bool = True) -> Traffic:
    """About `events` events. batch: web events to a request. others: calls, mails and messages among them."""
    rng = random.Random(seed)
    made = Traffic()
    share = CALLS + MAILS + MESSAGES if others else 0.0
    web = list(web_events(rng, int(events * (1 - share) / (1 + REDELIVERED)), seed))
    made.expected |= {("web", f"{seed}-{number}") for number in range(len(web))}
    web += rng.sample(web, int(len(web) * REDELIVERED))
    rng.shuffle(web)
    for start in range(0, len(web), batch):
        chunk = web[start : start + batch]
        made.requests.append((web_request(chunk, doors), len(chunk)))
    if others:
        add_others(made, events, doors, rng, seed)
    rng.shuffle(made.requests)
    return made


def add_others(made: Traffic, events: int, doors: Doors, rng: random.Random, seed: int) -> None:
    for number in range(int(events * CALLS / len(STATUSES))):
        sid = f"CA{seed:08x}{number:024x}"
        caller = phone(rng.randrange(VISITORS))
        made.expected.add(("call", sid))
        made.requests += [(call_request(sid, status, caller, doors), 1) for status in STATUSES]
    for number in range(int(events * MAILS)):
        made.expected.add(("email", f"<{seed}.{number}@mail.example.com>"))
        made.requests.append((mail_request(rng, f"{seed}.{number}@mail.example.com", doors), 1))
    for number in range(int(events * MESSAGES)):
        made.expected.add(("social", f"m_{seed}_{number}"))
        made.requests.append((message_request(rng, f"m_{seed}_{number}", doors), 1))


# Who


def moment(rng: random.Random) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=rng.randrange(60, HALF_YEAR))


def phone(visitor: int) -> str:
    return f"+4477{visitor:08d}"


def mailbox(visitor: int) -> str:
    return f"{FIRST[visitor % 12]}.{LAST[visitor // 12 % 12]}.{visitor}@example.com".lower()


# The web


def web_events(rng: random.Random, count: int, seed: int) -> Iterator[bytes]:
    """Events of Segment's in visits of one to a dozen: most are pages and tracks of known visitors, some identify."""
    number = 0
    while number < count:
        visitor, at, device = rng.randrange(VISITORS), moment(rng), rng.randrange(2)
        for _ in range(min(rng.randint(1, 12), count - number)):
            yield web_event(rng, f"{seed}-{number}", visitor, device, at)
            at += timedelta(seconds=rng.randint(5, 120))
            number += 1


def web_event(rng: random.Random, message_id: str, visitor: int, device: int, at: datetime) -> bytes:
    page = rng.choice(PAGES)
    kind = rng.choices(("page", "track", "identify"), (70, 25, 5))[0]
    context: dict[str, object] = {
        "library": {"name": "analytics.js", "version": "next-1.81.0"},
        "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15",
        "locale": "en-GB",
        "page": {"path": "/" + page.lower().replace(" ", "-"), "title": page, "url": "https://www.example.com/"},
        "campaign": {"source": "google", "medium": "cpc", "name": "bahamas"},
    }
    event: dict[str, object] = {
        "type": kind,
        "messageId": message_id,
        "anonymousId": f"{visitor:08x}-{device}a2b-4c3d-8e4f-{visitor:012x}",
        "timestamp": at.isoformat().replace("+00:00", "Z"),
        "context": context,
    }
    if visitor % 3 == 0:
        event["userId"] = f"user-{visitor}"
    if kind == "identify":
        event["traits"] = {
            "email": mailbox(visitor), "phone": phone(visitor),
            "firstName": FIRST[visitor % 12], "lastName": LAST[visitor // 12 % 12],
        }  # fmt: skip
        context["consent"] = {"categoryPreferences": {"Marketing": visitor % 2 == 0}}
    elif kind == "track":
        event |= {"event": "Quote viewed", "properties": {"value": rng.randrange(500, 6000), "currency": "GBP"}}
    else:
        event |= {"name": page, "properties": {"title": page, "url": f"https://www.example.com/{rng.randrange(500)}"}}
    return json.dumps(event).encode()


def web_request(events: Sequence[bytes], doors: Doors) -> bytes:
    key = base64.b64encode(f"{doors.write_key}:".encode()).decode()
    if len(events) == 1:
        path, body = f"/v1/{json.loads(events[0])['type']}", events[0]
    else:
        path, body = "/v1/batch", b'{"batch":[' + b",".join(events) + b"]}"
    return http(doors, path, body, "application/json", f"Authorization: Basic {key}")


# Calls, mails, messages


def call_request(sid: str, status: str, caller: str, doors: Doors) -> bytes:
    form = {
        "CallSid": sid, "AccountSid": "AC" + "0" * 32, "From": caller, "To": "+442079460000", "Direction": "inbound",
        "CallStatus": status, "ApiVersion": "2010-04-01", "Timestamp": "Tue, 03 Nov 2026 11:28:00 +0000",
    }  # fmt: skip
    if status == "completed":
        form |= {"CallDuration": "372", "Duration": "7"}
    url = f"http://{doors.host}{doors.calls}" + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(doors.calls_secret.encode(), url.encode(), hashlib.sha1).digest()).decode()
    kind = "application/x-www-form-urlencoded"
    return http(doors, doors.calls, urlencode(form).encode(), kind, f"X-Twilio-Signature: {signature}")


def mail_request(rng: random.Random, message_id: str, doors: Doors) -> bytes:
    visitor = rng.randrange(VISITORS)
    name = f"{FIRST[visitor % 12]} {LAST[visitor // 12 % 12]}"
    body = {
        "FromName": name, "From": mailbox(visitor), "FromFull": {"Email": mailbox(visitor), "Name": name},
        "To": "hello@northstar.example", "ToFull": [{"Email": "hello@northstar.example", "Name": ""}],
        "Subject": "Can we change the room after booking?", "MessageID": message_id,
        "Date": moment(rng).strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "TextBody": "I still do not know if the sea view can be kept if we move the dates.\n\n> earlier\n> words\n" * 3,
        "HtmlBody": "", "Headers": [{"Name": "Message-ID", "Value": f"<{message_id}>"}], "Attachments": [],
    }  # fmt: skip
    key = base64.b64encode(f"throughline:{doors.mail_secret}".encode()).decode()
    return http(doors, doors.mail, json.dumps(body).encode(), "application/json", f"Authorization: Basic {key}")


def message_request(rng: random.Random, mid: str, doors: Doors) -> bytes:
    visitor, at = rng.randrange(VISITORS), int(moment(rng).timestamp() * 1000)
    item = {
        "sender": {"id": str(10**15 + visitor)}, "recipient": {"id": "17841400000000000"}, "timestamp": at,
        "message": {"mid": mid, "text": "Is Atlantis good for a 40th?"},
    }  # fmt: skip
    body = json.dumps({"object": "instagram", "entry": [{"id": "17841400000000000", "time": at, "messaging": [item]}]})
    signature = hmac.new(doors.social_secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return http(doors, doors.social, body.encode(), "application/json", f"X-Hub-Signature-256: sha256={signature}")


def http(doors: Doors, path: str, body: bytes, kind: str, header: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {doors.host}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{header}"
    )
    return head.encode() + b"\r\n\r\n" + body
