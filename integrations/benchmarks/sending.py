"""Sending prepared requests over keep-alive connections, as cheaply as Python can: the loader shares the cores."""

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

PAUSE = 0.05  # seconds between two tries
Prepared = tuple[bytes, int]  # a raw request, and the number of events in it


@dataclass(slots=True)
class Sent:
    """What came of sending. seconds: from the first request to the last answer; latencies: in seconds, by request."""

    seconds: float = 0.0
    acked: int = 0
    refused: int = 0
    latencies: list[float] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(slots=True)
class Pace:
    """Gives out the moments at which to send. rate: events per second; 0: at once."""

    rate: float
    started_at: float = field(default_factory=time.perf_counter)
    given: int = 0

    def next_moment(self, events: int) -> float:
        moment = self.started_at + self.given / self.rate if self.rate else 0.0
        self.given += events
        return moment


def send(requests: Sequence[Prepared], port: int, lanes: int, rate: float = 0.0, *, insists: bool = False) -> Sent:
    """Send everything over `lanes` connections; with a rate, latency counts from when a request was due.

    insists: what was not answered, or with a 5xx, is sent again until it is.
    """
    return asyncio.run(send_all(requests, port, lanes, rate, insists))


async def send_all(requests: Sequence[Prepared], port: int, lanes: int, rate: float, insists: bool) -> Sent:
    sent, pace, queue = Sent(), Pace(rate), iter(requests)
    started_at = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(lanes):
            group.create_task(send_lane(queue, Lane(port, insists), pace, sent))
    sent.seconds = time.perf_counter() - started_at
    return sent


async def send_lane(queue: Iterator[Prepared], lane: "Lane", pace: Pace, sent: Sent) -> None:
    for raw, events in queue:
        due_at = pace.next_moment(events)
        if (wait := due_at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        began_at = due_at or time.perf_counter()
        status = await lane.ask(raw)
        sent.latencies.append(time.perf_counter() - began_at)
        if 200 <= status < 300:
            sent.acked += events
        else:
            sent.refused += events
    lane.close()


class Lane:
    """One keep-alive connection; one that insists is opened again whenever it breaks."""

    def __init__(self, port: int, insists: bool) -> None:
        self.port, self.insists = port, insists
        self.socket: socket.socket | None = None

    async def ask(self, raw: bytes) -> int:
        """The status of a request's answer."""
        while True:
            try:
                status = await self.ask_once(raw)
            except OSError:
                self.close()
                if not self.insists:
                    raise
                status = 503
            if status < 500 or not self.insists:
                return status
            await asyncio.sleep(PAUSE)

    async def ask_once(self, raw: bytes) -> int:
        loop = asyncio.get_running_loop()
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.setblocking(False)
        await loop.sock_sendall(self.socket, raw)
        return await read_status(loop, self.socket)

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


async def read_status(loop: asyncio.AbstractEventLoop, lane: socket.socket) -> int:
    """Read one answer to its end; its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += await received(loop, lane)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    while len(body) < length:
        body += await received(loop, lane)
    return int(head[9:12])


async def received(loop: asyncio.AbstractEventLoop, lane: socket.socket) -> bytes:
    chunk = await loop.sock_recv(lane, 65_536)
    if not chunk:
        raise ConnectionError("the server closed the connection")
    return chunk
