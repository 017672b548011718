"""A business's own system on this machine, which verifies what it gets and answers as it is told to."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple

from standardwebhooks.webhooks import Webhook


class Got(NamedTuple):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """What it says, once the real client library has verified it. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]


class Receiver(BaseHTTPRequestHandler):
    """What it answers is named by the path: /ok, /gone, /moved, /broken, /slow, /held (once it is let go)."""

    got: ClassVar[list[Got]] = []
    let_go: ClassVar = threading.Event()
    protocol_version = "HTTP/1.1"
    STATUS: ClassVar = {"gone": 410, "moved": 302, "broken": 500}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(Got(self.path, dict(self.headers), body))
        self.close_connection = True
        if self.path == "/slow":
            time.sleep(1.5)
        if self.path == "/held":
            self.let_go.wait()
        self.send_response(self.STATUS.get(self.path.strip("/"), 200))
        self.send_header("Location", "/ok")
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"thanks")

    do_GET = do_POST

    def log_message(self, *args: object) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET
    request_queue_size = 64

    def handle_error(self, *args: object) -> None:
        """A client that hangs up is what is tested."""


@contextmanager
def receiving() -> Iterator[str]:
    """The address of a running receiver."""
    Receiver.got.clear()
    Receiver.let_go.clear()
    server = Server(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        Receiver.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
