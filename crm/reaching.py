"""One request to an address that somebody else named: no private network, no redirect, nothing without an end.

The name is resolved once, every address is checked, and the connection goes to the one that was checked: a name that
answers otherwise the second time (DNS rebinding) gains nothing. Who asks looks at the answer: none is followed.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from crm.errors import AddressRefused, Unreached

Ip = IPv4Address | IPv6Address
NAT64 = IPv6Network("64:ff9b::/96")


class Target(NamedTuple):
    """Where a request goes. ip: the one that was checked."""

    is_tls: bool
    host: str
    port: int
    path: str
    ip: str


class Asking(NamedTuple):
    """What a request says. silence: seconds without a byte, after which it is over."""

    headers: Mapping[str, str]
    silence: float
    method: str = "GET"
    body: bytes | None = None


# Where it goes


def pinned(url: str, networks: tuple[str, ...], named: str) -> Target:
    """An address with the IP that it may be asked at. Raises AddressRefused, Unreached.

    networks: addresses that may be asked although they are private, and without TLS; named: the setting that says so.
    """
    parts = taken_apart(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = [ip_address(one) for one in addresses(host, port)]
    if any(not is_allowed(one, networks) for one in found):
        raise AddressRefused(f"{host[:80]} leads into a private network; see {named}")
    if parts.scheme != "https" and any(one.is_global for one in map(embedded, found)):
        raise AddressRefused("the address has to begin with https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path, str(found[0]))


def taken_apart(url: str) -> SplitResult:
    """A web address in its parts. Raises AddressRefused for what is none."""
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme in ("http", "https") and parts.hostname and not parts.username and parts.port != 0
    except ValueError:
        is_fit = None
    if not is_fit or not url.isascii() or any(sign <= " " or sign == "\x7f" for sign in url):
        raise AddressRefused("it is no web address")
    return parts


def addresses(host: str, port: int) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise Unreached(f"the name {host[:80]} is not known to the DNS now") from None


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
def answer(target: Target, asking: Asking, ends_at: float) -> Iterator[HTTPResponse]:
    """The response to a request; the connection is cut when the time (monotonic) is up, even in the middle of a header.

    Raises Unreached.
    """
    made = (PinnedHttps if target.is_tls else PinnedHttp)(target, asking.silence)
    watchdog = threading.Timer(max(0.1, ends_at - time.monotonic()), cut, [made])
    watchdog.daemon = True
    watchdog.start()
    try:
        headers = {"Accept-Encoding": "identity", **asking.headers}
        made.request(asking.method, target.path, body=asking.body, headers=headers)
        with closing(made.getresponse()) as response:
            yield response
    except (OSError, HTTPException, ValueError) as error:
        raise Unreached(slow_or_broken(error, ends_at)) from None
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
        return "the answer did not come in time"
    return f"the connection broke ({type(error).__name__})"
