"""One GET of a recording's address: allowed hosts only, by crm/reaching.py, and nothing without an end."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPResponse

from crm.errors import AddressRefused, Unreached
from crm.reaching import Asking, Target, answer, pinned, taken_apart
from journeys.listening.errors import RecordingDelayed, RecordingMissing, RecordingRefused

REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 65_536
GONE = frozenset({404, 410})


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
    try:
        target = resolved(url, limits)
        with answer(target, Asking(limits.headers(target.host), limits.silence), ends_at) as response:
            check(response, limits)
            return pour(response, limits, ends_at, write)
    except AddressRefused as error:
        raise RecordingRefused(f"the recording is not fetched: {error}") from None
    except Unreached as error:
        raise RecordingDelayed(f"the recording did not come: {error}") from None


def resolved(url: str, limits: Limits) -> Target:
    """An address with the IP that it may be asked at. Raises RecordingRefused, AddressRefused, Unreached."""
    host = taken_apart(url).hostname or ""
    if host not in limits.hosts:
        raise RecordingRefused(f"recordings are not fetched from {host[:80]}; see THROUGHLINE_RECORDING_HOSTS")
    return pinned(url, limits.networks, "THROUGHLINE_RECORDING_NETWORKS")


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
