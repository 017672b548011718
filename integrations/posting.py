"""One request to somebody else's server, and what it answered. Asks nothing of the database: threads may run it."""

import time
from typing import NamedTuple

from crm.errors import AddressRefused, Unreached
from crm.reaching import Asking, answer, pinned


class Letter(NamedTuple):
    """What goes out; a GET without the body. networks: private ones that it may go to, by the setting named so."""

    url: str
    headers: dict[str, str]
    body: bytes
    networks: tuple[str, ...]
    method: str = "POST"


class Posted(NamedTuple):
    """How it went. status: None where nothing answered; reason: why then; answer: how its body began."""

    status: int | None
    milliseconds: int
    reason: str = ""
    answer: bytes = b""


def post(sent: Letter, seconds: float, most: int, *, is_whole: bool = False) -> Posted:
    """Send a letter once. most: bytes of the answer that are read; is_whole: to its end, else what comes first."""
    began_at = time.monotonic()
    status, reason, body = None, "", b""
    try:
        target = pinned(sent.url, sent.networks, "THROUGHLINE_WEBHOOK_NETWORKS")
        asking = Asking(sent.headers, seconds, sent.method, None if sent.method == "GET" else sent.body)
        with answer(target, asking, began_at + seconds) as response:
            body = response.read(most) if is_whole else response.read1(most)
            status = response.status
    except (AddressRefused, Unreached) as error:
        reason = str(error)
    return Posted(status, int(1000 * (time.monotonic() - began_at)), reason, body)
