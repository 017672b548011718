"""A provider of recordings on this machine that behaves as badly as it is asked to."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from journeys.listening.tests.factories import tone


class Provider(BaseHTTPRequestHandler):
    """What it answers is named by the path. seen: the headers of each request."""

    seen: ClassVar[list[dict[str, str]]] = []
    tries: ClassVar[list[str]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.seen.append({"path": self.path, **dict(self.headers)})
        self.close_connection = True
        getattr(self, f"answer_{self.path.strip('/').replace('/', '_')}")()

    def send(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(content))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def answer_good(self) -> None:
        self.send(tone(2))

    def answer_missing(self) -> None:
        self.send(b"<html>404", 404)

    def answer_page(self) -> None:
        self.send(b"<!DOCTYPE html><p>Please sign in", Content_Type="audio/wav")

    def answer_huge(self) -> None:
        self.send(b"RIFF", Content_Length=str(2 * 1024**3))

    def answer_forbidden(self) -> None:
        self.send(b"", 403)

    def answer_flaky(self) -> None:
        self.tries.append(self.path)
        self.send(tone(1)) if len(self.tries) > 1 else self.send(b"", 503)

    def answer_cut(self) -> None:
        self.send(tone(1), Content_Length="900000")

    def answer_empty(self) -> None:
        self.send(b"")

    def answer_packed(self) -> None:
        self.send(tone(1), Content_Encoding="gzip")

    def answer_moved(self) -> None:
        self.send(b"", 302, Location="/good")

    def answer_metadata(self) -> None:
        self.send(b"", 302, Location="http://169.254.169.254/latest/meta-data/")

    def answer_elsewhere(self) -> None:
        self.send(b"", 307, Location="http://elsewhere.example/recording.wav")

    def answer_loop(self) -> None:
        self.send(b"", 301, Location="/loop")

    def answer_endless(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        chunk = b"RIFF....WAVE" * 8_192
        try:
            while True:
                self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        except OSError:
            pass

    def answer_loris_body(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.dribble(b"RIFF")

    def answer_loris_header(self) -> None:
        self.dribble(b"HTTP/1.1 200 OK\r\nX-Slow: ")

    def dribble(self, start: bytes) -> None:
        """A byte every little while, for ever."""
        try:
            self.wfile.write(start)
            while True:
                self.wfile.write(b"a")
                time.sleep(0.05)
        except OSError:
            pass

    def log_message(self, *args: object) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET

    def handle_error(self, *args: object) -> None:
        """A client that hangs up is what is tested."""


@contextmanager
def providing() -> Iterator[str]:
    """The address of a running provider."""
    Provider.seen.clear()
    Provider.tries.clear()
    server = Server(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://recordings.test:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
