"""Where a request comes from."""

import ipaddress
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 (nothing is bound: a socket without an address, a request of a program's own)


def address_of(request: HttpRequest) -> str:
    """The address that a request comes from."""
    return address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def address_of_scope(peer: str, headers: Mapping[str, str]) -> str:
    """The same, of a request that passes Django by."""
    return address(peer, headers.get("x-forwarded-for", ""))


def address(peer: str, forwarded: str) -> str:
    """Behind a proxy, it says who asked it: the last it adds, since whatever stands before it anybody may have written.

    Of IPv6, the network (/64): one house, which has a great many addresses.
    """
    told = forwarded.rpartition(",")[2].strip() if settings.IS_BEHIND_PROXY and forwarded else peer
    try:
        found = ipaddress.ip_address(told.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or ipaddress.ip_network(f"{found}/64", strict=False).network_address
    return str(found)
