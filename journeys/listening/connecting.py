"""One GET of an address that somebody else named: allowed hosts only, no private network, nothing without an end.

The name is resolved once, every address is checked, and the connection goes to the one that was checked: a name that
answers otherwise the second time (DNS rebinding) gains nothing. A redirect is not followed.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from journeys.listening.errors import RecordingDelayed, RecordingMissing, RecordingRefused

Ip = IPv4Address | IPv6Address
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 65_536
NAT64 = IPv6Network("64:ff9b::/96")
GONE = frozenset({404, 410})


class Target(NamedTuple):
    """Where a request goes. ip: the one that was checked."""

    is_tls: bool
    host: str
    port: int
    path: str
    ip: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a GET may do. hosts: names that are asked, besides those of `networks` none in a private network.

    networks: addresses that may be asked although they are private, and without TLS: the phone system in the house.
    """

    hosts: frozenset[str]
    networks: tuple[str, ...] = ()
    most_bytes: int = 200_000_000
    seconds: float = 120.0
    silence: float = 10.0  # seconds without a byte
    headers: Callable[[str], Mapping[str, str]] = field(default=lambda host: {})  # of a host


def download(url: str, limits: Limits, write: Callable[[bytes], object]) -> int:
    """Hand the body of an address to `write`, chunk by chunk; returns its bytes.

    Raises RecordingRefused, RecordingMissing, RecordingDelayed.
    """
    ends_at = time.monotonic() + limits.seconds
    with answer(resolved(url, limits), limits, ends_at) as response:
        check(response, limits)
        return pour(response, limits, ends_at, write)


# Where it goes


def resolved(url: str, limits: Limits) -> Target:
    """An address with the IP that it may be asked at. Raises RecordingRefused, RecordingDelayed."""
    parts = taken_apart(url)
    host = parts.hostname or ""
    if host not in limits.hosts:
        raise RecordingRefused(f"recordings are not fetched from {host[:80]}; see THROUGHLINE_RECORDING_HOSTS")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = [ip_address(one) for one in addresses(host, port)]
    if any(not is_allowed(one, limits.networks) for one in found):
        raise RecordingRefused(f"{host[:80]} leads into a private network; see THROUGHLINE_RECORDING_NETWORKS")
    if parts.scheme != "https" and any(one.is_global for one in map(embedded, found)):
        raise RecordingRefused("recordings are fetched by https only")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path, str(found[0]))


def taken_apart(url: str) -> SplitResult:
    """A web address in its parts. Raises RecordingRefused for what is none."""
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme in ("http", "https") and parts.hostname and not parts.username and parts.port != 0
    except ValueError:
        is_fit = None
    if not is_fit or not url.isascii() or any(sign <= " " or sign == "\x7f" for sign in url):
        raise RecordingRefused("the recording's address is no web address")
    return parts


def addresses(host: str, port: int) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise RecordingDelayed(f"the name {host[:80]} is not known to the DNS now") from None


def embedded(ip: Ip) -> Ip:
    """The IPv4 address that an IPv6 address stands for, or itself."""
    if isinstance(ip, IPv6Address):
        if ip in NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
        return ip.ipv4_mapped or ip.sixtofour or ip
    return ip


def is_allowed(ip: Ip, networks: tuple[str, ...]) -> bool:
    """Whether an address may be asked. Link-local ones, where clouds keep their secrets, never."""
    real = embedded(ip)
    if real.is_link_local or real.is_multicast or real.is_unspecified:
        return False
    return real.is_global or any(real in ip_network(network, strict=False) for network in networks)


# The request


class PinnedHttp(HTTPConnection):
    """Goes to the IP that was checked, whatever the name says by now."""

    def __init__(self, target: Target, silence: float) -> None:
        super().__init__(target.host, target.port, timeout=silence)
        self.ip, self.silence = target.ip, silence

    def connect(self) -> None:
        self.sock = socket.create_connection((self.ip, self.port), self.silence)


class PinnedHttps(HTTPSConnection):
    """The same with TLS; the certificate has to be the name's."""

    def __init__(self, target: Target, silence: float) -> None:
        self.tls = ssl.create_default_context()
        super().__init__(target.host, target.port, timeout=silence, context=self.tls)
        self.ip, self.silence = target.ip, silence

    def connect(self) -> None:
        plain = socket.create_connection((self.ip, self.port), self.silence)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)


@contextmanager
def answer(target: Target, limits: Limits, ends_at: float) -> Iterator[HTTPResponse]:
    """The response to a GET; the connection is cut when the time is up, even in the middle of a header."""
    made = (PinnedHttps if target.is_tls else PinnedHttp)(target, limits.silence)
    watchdog = threading.Timer(max(0.1, ends_at - time.monotonic()), cut, [made])
    watchdog.daemon = True
    watchdog.start()
    try:
        made.request("GET", target.path, headers={"Accept-Encoding": "identity", **limits.headers(target.host)})
        with closing(made.getresponse()) as response:
            yield response
    except (OSError, HTTPException, ValueError) as error:
        raise RecordingDelayed(slow_or_broken(error, ends_at)) from None
    finally:
        watchdog.cancel()
        made.close()


def cut(made: HTTPConnection) -> None:
    """End a connection from another thread: whoever reads from it reads an end."""
    if made.sock:
        try:
            made.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            made.sock.close()


def slow_or_broken(error: Exception, ends_at: float) -> str:
    if time.monotonic() >= ends_at or isinstance(error, TimeoutError):
        return "the recording did not come in time"
    return f"the connection broke ({type(error).__name__})"


def check(response: HTTPResponse, limits: Limits) -> None:
    """Refuse an answer that is no recording before its body is read."""
    if response.status in GONE:
        raise RecordingMissing(f"the provider has no such recording (it answered {response.status})")
    if response.status in REDIRECTS:
        raise RecordingRefused(
            "the recording's address leads elsewhere, which is not followed: send the address of the sound itself"
        )
    if response.status in (401, 403):
        raise RecordingRefused(f"the provider does not let us in ({response.status}); check the source's credentials")
    if response.status >= 500 or response.status in (408, 425, 429):
        raise RecordingDelayed(f"the provider answered {response.status}")
    if response.status != 200:
        raise RecordingRefused(f"the provider answered {response.status} instead of the recording")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise RecordingRefused("the recording came compressed, which was not asked for")
    length = response.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > limits.most_bytes:
        raise too_large(limits)


def too_large(limits: Limits) -> RecordingRefused:
    return RecordingRefused(f"the recording is larger than {limits.most_bytes // 1_000_000} MB")


def pour(response: HTTPResponse, limits: Limits, ends_at: float, write: Callable[[bytes], object]) -> int:
    """Read a body to its end, its cap or the end of its time."""
    expected, total = response.length, 0
    while chunk := response.read1(CHUNK):
        total += len(chunk)
        if total > limits.most_bytes:
            raise too_large(limits)
        if time.monotonic() >= ends_at:
            break
        write(chunk)
    if time.monotonic() >= ends_at:
        raise RecordingDelayed("the recording did not come in time")
    if expected is not None and total < expected:
        raise RecordingDelayed("the recording came only in part")
    return total
