"""A sender that does what client libraries do: it sends an event again, with the same messageId, until it is taken."""

import base64
import json
import queue
import random
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any

TIMEOUT = 5.0  # seconds that one try is given
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0  # seconds between two tries
LANES = 4  # connections that send at once
VISITORS = 200
SINGLE, IDENTIFIES, AGAIN = 0.25, 0.05, 0.05  # shares: posts of one event, of events that sign in, of posts sent twice

Event = dict[str, Any]


class Refused(Exception):
    """A 4xx: sending again would change nothing."""


def events(count: int, prefix: str, chance: random.Random) -> list[Event]:
    """Web events of a few visitors, some of whom sign in."""
    return [event(f"{prefix}-{number}", chance) for number in range(count)]


def event(message_id: str, chance: random.Random) -> Event:
    visitor = chance.randrange(VISITORS)
    common = {
        "messageId": message_id,
        "anonymousId": f"visitor-{visitor}",
        "timestamp": datetime.now(UTC).isoformat(),
    }
    if chance.random() < IDENTIFIES:
        traits = {"email": f"visitor{visitor}@example.com", "firstName": "Robin"}
        return common | {"type": "identify", "userId": f"member-{visitor}", "traits": traits}
    page = chance.randrange(40)
    properties = {"title": f"Page {page}", "url": f"https://shop.example.com/{page}"}
    return common | {"type": "page", "properties": properties}


def posts(sent: Sequence[Event], chance: random.Random, batch: int = 20) -> list[list[Event]]:
    """Events as they are posted: batches and singles, a few of them twice."""
    cut, start = [], 0
    while start < len(sent):
        size = 1 if chance.random() < SINGLE else batch
        cut.append(list(sent[start : start + size]))
        start += size
    return [post for post in cut for _ in range(2 if chance.random() < AGAIN else 1)]


class Connection:
    """One keep-alive connection to the Segment door, opened again whenever it breaks."""

    def __init__(self, port: int, write_key: str) -> None:
        self.port = port
        self.http: HTTPConnection | None = None
        key = base64.b64encode(f"{write_key}:".encode()).decode()
        self.headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}

    def insist(self, post: Sequence[Event]) -> None:
        """Return once the post was acknowledged. Raises Refused."""
        pause = FIRST_PAUSE
        while not self.is_taken(post):
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def is_taken(self, post: Sequence[Event]) -> bool:
        """Try once. Raises Refused."""
        body = json.dumps({"batch": list(post), "sentAt": datetime.now(UTC).isoformat()})
        try:
            self.http = self.http or HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
            self.http.request("POST", "/v1/batch", body, self.headers)
            answer = self.http.getresponse()
            said = answer.read()
        except (OSError, HTTPException):
            self.close()
            return False
        if 400 <= answer.status < 500:
            raise Refused(f"{answer.status}: {said[:300]!r}")
        return answer.status < 300

    def close(self) -> None:
        if self.http:
            self.http.close()
            self.http = None


class Sender:
    """Sends posts over several connections, and keeps the messageId of every event that was acknowledged."""

    def __init__(self, port: int, write_key: str) -> None:
        self.acked: set[str] = set()
        self.refusals: list[str] = []
        self.queue: queue.Queue[list[Event] | None] = queue.Queue()
        self.threads = [
            threading.Thread(target=self.work, args=(Connection(port, write_key),), daemon=True) for _ in range(LANES)
        ]
        for thread in self.threads:
            thread.start()

    def work(self, connection: Connection) -> None:
        while (post := self.queue.get()) is not None:
            try:
                connection.insist(post)
            except Refused as refusal:
                self.refusals.append(str(refusal))
            else:
                self.acked.update(event["messageId"] for event in post)
        connection.close()

    def feed(self, posted: Iterable[list[Event]], seconds: float) -> threading.Thread:
        """Hand posts over evenly in so many seconds, in a thread of its own."""
        waiting = list(posted)

        def hand_over() -> None:
            for post in waiting:
                self.queue.put(post)
                time.sleep(seconds / len(waiting))

        thread = threading.Thread(target=hand_over, daemon=True)
        thread.start()
        return thread

    def finish(self) -> None:
        """Return once everything that was handed over has been acknowledged or refused."""
        for _ in self.threads:
            self.queue.put(None)
        for thread in self.threads:
            thread.join()
