"""A small HTTP server on loopback whose /v1/ goes through the adapter, so that real clients can be tried on it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from integrations.adapter import Answer, Request
from integrations.errors import Rejected
from integrations.segment.browsers import CORS, PREFLIGHT
from integrations.segment.tests.requests import ADAPTER, SOURCE
from journeys.interactions.drafts import Draft


@dataclass
class Listener:
    """What a server heard: drafts by kind, in the order of their arrival."""

    url: str = ""
    drafts: list[Draft] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def take(self, request: Request) -> Answer:
        """Take one request through the adapter, as the ingest door does."""
        self.requests.append(request)
        try:
            ADAPTER.verify(request, SOURCE)
            if request.method == "POST":
                for event in ADAPTER.split(request, SOURCE):
                    assert not event.reason, event.reason
                    self.drafts += ADAPTER.parse(event, SOURCE)
            return ADAPTER.answer(request, SOURCE)
        except Rejected as refusal:
            return Answer(refusal.status, refusal.reason.encode(), "text/plain")

    def wait_for(self, count: int) -> list[Draft]:
        """The drafts, once so many have come; fewer, after ten seconds."""
        until = time.monotonic() + 10
        while len(self.drafts) < count and time.monotonic() < until:
            time.sleep(0.02)
        return self.drafts

    def one(self, kind: str) -> Draft:
        [found] = [draft for draft in self.drafts if draft.kind == kind]
        return found


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener on a free port of loopback, until the end of the block."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(listener.take(self.request_as_seen(b"")), CORS)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            self.reply(listener.take(self.request_as_seen(body)), CORS)

        def do_OPTIONS(self) -> None:
            self.reply(Answer(204, b""), PREFLIGHT)

        def request_as_seen(self, body: bytes) -> Request:
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            return Request(self.command, listener.url + self.path, path, query, headers, body)

        def reply(self, answer: Answer, headers: dict[str, str]) -> None:
            self.send_response(answer.status)
            told = headers | {"content-type": answer.content_type, "content-length": str(len(answer.body))}
            for name, value in told.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with serving(Handler) as listener.url:
        yield listener


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server with a handler, on a free port of loopback, until the end of the block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
