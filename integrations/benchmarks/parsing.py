"""Whether a provider's parser falls over what its door let in."""

import random
import time
from contextlib import suppress
from inspect import getfile
from itertools import islice
from pathlib import Path

from integrations.adapter import Adapter, Request, SourceFacts
from integrations.benchmarks.mutating import TYPES, bodies, payloads
from integrations.errors import Rejected, Unreadable

SECRET = "of-the-benchmark-only"  # noqa: S105 (of a source that is none)
SLOW = 2.0  # seconds of CPU for one body
BROWSERS = ("/v1/batch", "/v1/track")  # where browsers send to


def known_to(adapter: Adapter) -> list[bytes]:
    """The payloads of a provider, as its fixtures have them."""
    return payloads(Path(getfile(type(adapter))).parent / "fixtures")


def crashes(adapter: Adapter, count: int, dice: random.Random, canary: str) -> list[str]:
    """What a parser fell over, of so many bodies: names of errors that are not its own."""
    sent = islice(bodies(known_to(adapter), dice, canary), count)
    return [fell for body in sent if (fell := fallen_over(adapter, body, dice.choice(TYPES), dice.choice(BROWSERS)))]


def fallen_over(adapter: Adapter, body: bytes, content_type: str, path: str) -> str:
    """The name of an error that an adapter did not mean to raise, or "slow" past SLOW; "" for neither."""
    source = SourceFacts("src_1", "s", adapter.name, "s", "GB", "wk_1", SECRET)
    headers = {"content-type": content_type}
    request = Request("POST", "https://x.example/in/src_1/", path if adapter.cors else "", "", headers, body)
    started = time.process_time()
    try:
        read(adapter, request, source)
    except Rejected:
        pass
    except Exception as error:
        return f"{type(error).__name__}"
    return "slow" if time.process_time() - started > SLOW else ""


def read(adapter: Adapter, request: Request, source: SourceFacts) -> None:
    """Take a request apart as the inbox does."""
    for event in adapter.split(request, source):
        if not event.reason:
            with suppress(Unreadable):
                adapter.parse(event, source)
