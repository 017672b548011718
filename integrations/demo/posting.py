"""From letters to the requests that vendors make of them: batched, signed, a little out of order. Pure."""

import gzip
import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

import orjson

from integrations.demo.letters import CALLS, MAIL, SOCIAL, WEB, Letter
from integrations.demo.web import MAX_BATCH

LATE, TWICE, ALONE = 0.03, 0.02, 0.05  # shares of requests: that come late, that come again, of visits sent hit by hit
SERVER = "server"  # the batch of the shop's own servers
SHORT = {"page": "p", "track": "t", "identify": "i"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a source takes what it is sent, and what it is signed with. url: as the vendor knows it."""

    path: str
    url: str
    write_key: str
    secret: str


@dataclass(frozen=True, slots=True)
class Post:
    """One request. events: how many letters it carries."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    events: int


@dataclass(slots=True)
class Bundle:
    """Letters that go out in one request, at the time of the last."""

    source: str
    batch: str
    letters: list[Letter] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.letters[-1].at


def posts(letters: Iterable[Letter], addresses: Mapping[str, Address], seed: int) -> Iterator[Post]:
    """The requests in the order in which they come. letters: in order of time."""
    dice = Random(f"{seed}:posts")
    for _, bundle in sorted(shuffled(bundles(letters, dice), dice), key=lambda item: item[0]):
        yield WRITTEN[bundle.source](bundle, addresses[bundle.source])


def shuffled(bundled: Iterable[Bundle], dice: Random) -> Iterator[tuple[datetime, Bundle]]:
    """Each bundle with the time that it comes at: most at once, some late, some a second time."""
    for bundle in bundled:
        at = bundle.at
        yield at + timedelta(minutes=dice.uniform(5, 300)) if dice.random() < LATE else at, bundle
        if dice.random() < TWICE:
            yield at + timedelta(minutes=dice.uniform(1, 600)), bundle


def bundles(letters: Iterable[Letter], dice: Random) -> Iterator[Bundle]:
    """Letters of one batch together, no more than MAX_BATCH; a few visits are sent hit by hit."""
    open_ones: dict[str, Bundle] = {}
    alone: dict[str, bool] = {}
    for letter in letters:
        name = letter.batch
        if not name or (name != SERVER and alone.setdefault(name, dice.random() < ALONE)):
            yield Bundle(letter.source, "", [letter])
            continue
        bundle = open_ones.setdefault(name, Bundle(letter.source, name))
        bundle.letters.append(letter)
        if len(bundle.letters) == MAX_BATCH:
            yield open_ones.pop(name)
    yield from open_ones.values()


# As each vendor writes them


def from_segment(bundle: Bundle, address: Address) -> Post:
    """The browser library's text/plain, batched or one by one; the server library's gzip with Basic auth."""
    events = [dict(letter.content) for letter in bundle.letters]
    if bundle.batch == SERVER:
        body = gzip.compress(orjson.dumps({"batch": events, "writeKey": address.write_key}), 1, mtime=0)
        headers = {"content-encoding": "gzip", "authorization": basic(address.write_key, "")}
        return Post("/v1/batch", {"content-type": "application/json"} | headers, body, len(events))
    plain = {"content-type": "text/plain"}
    if not bundle.batch:
        body = orjson.dumps(events[0] | {"writeKey": address.write_key})
        return Post(f"/v1/{SHORT[events[0]['type']]}", plain, body, 1)
    return Post("/v1/batch", plain, orjson.dumps({"batch": events, "writeKey": address.write_key}), len(events))


def from_twilio(bundle: Bundle, address: Address) -> Post:
    """A form, signed over the address and the sorted fields."""
    fields: dict[str, str] = dict(bundle.letters[0].content)
    signed = address.url + "".join(name + fields[name] for name in sorted(fields))
    signature = b64encode(hmac.digest(address.secret.encode(), signed.encode(), hashlib.sha1)).decode()
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
    return Post(address.path, headers, urlencode(fields).encode(), 1)


def from_postmark(bundle: Bundle, address: Address) -> Post:
    """JSON, with the credentials that the webhook's address carries."""
    headers = {"content-type": "application/json", "authorization": basic("throughline", address.secret)}
    return Post(address.path, headers, orjson.dumps(content(bundle)), 1)


def from_meta(bundle: Bundle, address: Address) -> Post:
    """JSON, signed over its bytes."""
    body = orjson.dumps(content(bundle))
    signature = hmac.digest(address.secret.encode(), body, hashlib.sha256).hex()
    return Post(
        address.path, {"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"}, body, 1
    )


def content(bundle: Bundle) -> dict[str, Any]:
    return dict(bundle.letters[0].content)


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


WRITTEN = {WEB: from_segment, CALLS: from_twilio, MAIL: from_postmark, SOCIAL: from_meta}
