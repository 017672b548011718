"""Who reached a step and stopped, who went on, and what followed: rules over arrays. Pure.

An attempt begins with a hit on one of the steps that count as begun, and lasts for as long as pages follow each other
without a longer quiet. It is finished by a finish up to that much later, else given up at its last hit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.attribution.paths import Codes, Flags, Floats, Ints

NEVER = np.iinfo(np.int64).max
WIDTH = 1 << 34  # seconds from the first moment to the last: more than any clock tells


class Trail(NamedTuple):
    """Pages looked at and steps begun, in any order. at: seconds; is_page: else it can only begin something."""

    customer: Ints
    at: Ints
    step: Codes
    is_page: Flags
    is_begun: Flags

    def taken(self, which: Flags | Ints) -> "Trail":
        """Some of them, in that order."""
        columns = self.customer[which], self.at[which], self.step[which]
        return Trail(*columns, self.is_page[which], self.is_begun[which])


class Moments(NamedTuple):
    """When something happened to customers, in any order."""

    customer: Ints
    at: Ints


class Attempts(NamedTuple):
    """Attempts, by customer and time. step: the page that it stopped on, or else what it began with.

    stopped_at: of those that were finished, when.
    """

    customer: Ints
    begun_at: Ints
    stopped_at: Ints
    step: Codes
    is_finished: Flags

    @property
    def is_given_up(self) -> Flags:
        return ~self.is_finished

    def taken(self, which: Flags) -> "Attempts":
        """Some of them."""
        times = self.customer[which], self.begun_at[which], self.stopped_at[which]
        return Attempts(*times, self.step[which], self.is_finished[which])


class Followed(NamedTuple):
    """What came after each attempt. until: up to when it was watched; wait: seconds until the first call, or else as
    long as it was watched; has_called: whether there was one.
    """

    until: Ints
    wait: Ints
    has_called: Flags


class Keys:
    """Customers and times as one number each, in that order; what is of none of these customers sorts before all."""

    def __init__(self, customers: Ints, *times: Ints) -> None:
        self.customers = np.unique(customers)
        self.first = min((int(one.min()) for one in times if len(one)), default=0)

    def of(self, customer: Ints, at: Ints) -> Ints:
        place = np.searchsorted(self.customers, customer)
        known = np.append(self.customers, -1)[place] == customer
        told: Ints = np.where(known, (place + 1) * WIDTH + np.clip(at - self.first, 0, WIDTH - 1), 0)
        return told


def attempts(trail: Trail, finishes: Moments, quiet: int, now: int) -> Attempts:
    """The attempts that are decided by now. quiet: in seconds."""
    trail = trail.taken(np.isin(trail.customer, np.unique(trail.customer[trail.is_begun])))  # most began nothing
    trail = trail.taken(np.lexsort((trail.step, trail.at, trail.customer)))  # one order of what one second holds
    first, last, page = runs_of(trail, quiet)
    customer, begun_at, stopped_at = trail.customer[first], trail.at[first], trail.at[last]
    finished_at = first_from(finishes, customer, begun_at)
    is_finished = finished_at <= np.minimum(stopped_at + quiet, now)
    is_decided = is_finished | (stopped_at + quiet <= now)
    stopped_at = np.where(is_finished, finished_at, stopped_at)
    return Attempts(customer, begun_at, stopped_at, trail.step[page], is_finished).taken(is_decided)


def runs_of(trail: Trail, quiet: int) -> tuple[Ints, Ints, Ints]:
    """(where each attempt begins, where it ends, where the last page of it is) among hits in their order."""
    size = len(trail.at)
    is_new = np.ones(size, dtype=np.bool_)
    is_new[1:] = (np.diff(trail.customer) != 0) | (np.diff(trail.at) > quiet)
    run = np.cumsum(is_new) - 1
    begun = np.flatnonzero(trail.is_begun)
    runs, places = np.unique(run[begun], return_index=True)
    first = begun[places]
    last = np.append(np.flatnonzero(is_new)[1:], size)[runs] - 1 if size else first
    pages = np.maximum.accumulate(np.where(trail.is_page, np.arange(size), -1)) if size else first
    return first, last, np.maximum(pages[last], first)


def first_from(moments: Moments, customer: Ints, since: Ints) -> Ints:
    """Of each customer, the first moment from a time on; NEVER where there is none."""
    keys = Keys(customer, since, moments.at)
    sought, there = keys.of(customer, since), np.sort(keys.of(*moments))
    place = np.searchsorted(there, sought)
    found = np.append(there, 0)[place]
    same = found // WIDTH == sought // WIDTH
    told: Ints = np.where(same, found % WIDTH + keys.first, NEVER)
    return told


def followed(made: Attempts, calls: Moments, finishes: Moments, follow: int, now: int) -> Followed:
    """Watch each attempt for a call, for `follow` seconds after it stopped, or until now, or until what was given up is
    finished after all. Whoever rings while still at it waited for no second.
    """
    later = first_from(finishes, made.customer, made.begun_at)
    until = np.minimum(made.stopped_at + follow, now)
    until = np.where(made.is_finished, until, np.minimum(until, later))
    called_at = first_from(calls, made.customer, made.begun_at)
    has_called = called_at <= until
    wait = np.maximum(np.where(has_called, called_at, until) - made.stopped_at, 0)
    return Followed(until, wait, has_called)


def latest_of(moments: Moments, customer: Ints, since: Ints, until: Ints) -> Ints:
    """Of each moment, the place of the customer's latest stretch that had begun by then; -1 where that was over, or
    none had. customer, since: of the stretches, in this order.
    """
    keys = Keys(customer, since, moments.at)
    sought, there = keys.of(*moments), keys.of(customer, since)
    place = np.searchsorted(there, sought, side="right") - 1
    at = np.maximum(place, 0)
    if not len(there):
        return np.full(len(sought), -1, dtype=np.int64)
    is_in = (place >= 0) & (there[at] // WIDTH == sought // WIDTH) & (moments.at <= until[at])
    told: Ints = np.where(is_in, at, -1)
    return told


def summed(places: Ints, values: Floats, size: int) -> Floats:
    """By place, the sum of the values there; what is at -1 counts nowhere."""
    is_in: NDArray[np.bool_] = places >= 0
    return np.bincount(places[is_in], values[is_in], size).astype(np.float64, copy=False)[:size]
