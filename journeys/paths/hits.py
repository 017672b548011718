"""What happened in a period, as arrays: what every figure of paths is made of. Pure."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.interactions.sessions import GAP
from journeys.paths.packing import Ints

Flags = NDArray[np.bool_]
SHORT = 0xFFFF
GAP_SECONDS = int(GAP.total_seconds())


class Hits(NamedTuple):
    """What happened in a period: arrays of one length, in the order of customer, then time.

    customer, identifier, interaction: by number. identifier: what it hangs off. at: seconds since 1970, UTC. step: the
    number of a Step. is_first: begins a visit: on the web, after half an hour without a hit; every call, e-mail and
    message is one by itself. A visit that was under way when the period began, begins with it.
    """

    customer: Ints
    identifier: Ints
    at: Ints
    step: NDArray[np.int32]
    interaction: Ints
    is_first: Flags


def taken(hits: Hits, which: Flags) -> Hits:
    """Some of them."""
    columns: tuple[NDArray[Any], ...] = hits
    return Hits(*(column[which] for column in columns))


def ordered(customer: Ints, at: Ints, interaction: Ints) -> Ints:
    """The places of hits in the order of customer, then time, then interaction. Numbers of customers: below 2**48.

    Sorted by their digits: three times as fast as by comparing. What is in the order of time already stays in it.
    """
    order = in_time(at, interaction)
    for shift in range(0, max(int(customer.max(initial=0)).bit_length(), 1), 16):
        digits = (customer[order] >> shift & SHORT).astype(np.uint16)
        order = order[np.argsort(digits, kind="stable")]
    return order


def in_time(at: Ints, interaction: Ints) -> Ints:
    order = np.argsort(at, kind="stable")
    moments, rows = at[order], interaction[order]
    same = moments[1:] == moments[:-1]
    if (same & (rows[1:] < rows[:-1])).any():
        tied = np.zeros(len(order), dtype=np.bool_)
        tied[1:], tied[:-1] = same, tied[:-1] | same
        order[tied] = order[tied][np.lexsort((rows[tied], moments[tied]))]
    return order


def begins(customer: Ints, at: Ints, is_web: Flags) -> Flags:
    """Which hits begin a visit, of hits in the order of customer and time."""
    found = np.ones(len(at), dtype=np.bool_)
    web = np.flatnonzero(is_web)
    whose, when = customer[web], at[web]
    goes_on = (whose[1:] == whose[:-1]) & (when[1:] - when[:-1] <= GAP_SECONDS)
    found[web[1:][goes_on]] = False
    return found
