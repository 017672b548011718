"""Which visitor is calling: everybody who held the dialled number, weighed against each other. Pure.

Each holder dials at a rate of its own (calls a second), which depends on how long ago the visit began, or on how long
ago it was left. Rates are learned from calls of which it is known who made them: calls divided by the time that holders
spent there. The probability of a holder is its rate, by what the caller's number says, as a share of all rates; a call
from nobody of them has a rate too.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

ON_SITE, LEFT = "on_site", "left"
ALIVE = timedelta(seconds=45)  # after its last sign of life, a visit counts as still on the site
EDGES: Mapping[str, tuple[float, ...]] = {  # seconds since landing, and since leaving; the last is where a window ends
    ON_SITE: (0, 30, 60, 120, 240, 480, 960, 1_920, 86_400),
    LEFT: (0, 60, 180, 420, 900, 1_800, 3_600, 7_200, 21_600, 86_400),
}
WINDOW = timedelta(seconds=86_400)  # who held the number longer ago is no candidate
USUAL: Mapping[str, tuple[float, ...]] = {  # calls a second, until an installation has calls of its own to learn from
    ON_SITE: (6e-5, 1.2e-4, 1.4e-4, 1.2e-4, 8e-5, 4e-5, 2e-5, 1e-6),
    LEFT: (2.5e-5, 1.2e-5, 8e-6, 5e-6, 2.5e-6, 8e-7, 2e-7, 4e-8, 5e-9),
}
USUAL_WEIGHT = 20.0  # calls that the usual rates count for when own calls come in
STRANGER = 2e-8  # calls a second to one number by nobody who held it: a wrong number, a saved one
OWN_PHONE = 0.95  # the share of visitors who call from a phone that is known as theirs, where one is known
BY_CHANCE = 1e-6  # how likely a stranger's phone is the very phone of a holder
SAYS: Mapping[bool | None, float] = {True: OWN_PHONE / BY_CHANCE, False: 1 - OWN_PHONE, None: 1.0}


class Holder(NamedTuple):
    """Somebody who held a number. key: what whoever asks knows them by; seen_at: their last sign of life.

    is_caller: whether the calling phone is one of theirs; None where no phone of theirs is known, or it is withheld.
    """

    key: str
    landed_at: datetime
    seen_at: datetime
    is_caller: bool | None = None


class Candidate(NamedTuple):
    key: str
    probability: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Calls a second, by phase and bin of EDGES."""

    by_phase: Mapping[str, Sequence[float]] = field(default_factory=lambda: dict(USUAL))

    def at(self, holder: Holder, at: datetime) -> float:
        """How fast a holder dials at a time; 0 before landing and past the window."""
        phase, age = phase_of(holder, at)
        edges = EDGES[phase]
        if age < 0 or age >= edges[-1]:
            return 0.0
        return self.by_phase[phase][bisect_right(edges, age) - 1]


def phase_of(holder: Holder, at: datetime) -> tuple[str, float]:
    """Whether a visit is on the site or left, and for how many seconds."""
    if at - holder.seen_at <= ALIVE:
        return ON_SITE, (at - holder.landed_at).total_seconds()
    return LEFT, (at - holder.seen_at).total_seconds()


def weigh(holders: Iterable[Holder], at: datetime, rates: Rates) -> list[Candidate]:
    """The probability of each holder that they call, the likeliest first. What is missing of 1 is a stranger."""
    weights = {one.key: rates.at(one, at) * SAYS[one.is_caller] for one in holders}
    total = sum(weights.values()) + STRANGER
    found = [Candidate(key, weight / total) for key, weight in weights.items() if weight > 0]
    return sorted(found, key=lambda one: (-one.probability, one.key))


def spent(holder: Holder, until: datetime) -> Iterable[tuple[str, int, float]]:
    """The seconds that a holder spent in each bin: (phase, bin, seconds)."""
    stayed = (min(holder.seen_at + ALIVE, until) - holder.landed_at).total_seconds()
    away = (until - holder.seen_at).total_seconds()
    for phase, since, till in ((ON_SITE, 0.0, stayed), (LEFT, ALIVE.total_seconds(), away)):
        for at, (begins, ends) in enumerate(pairwise(EDGES[phase])):
            seconds = min(ends, till) - max(begins, since)
            if seconds > 0:
                yield phase, at, seconds


def learn(
    holders: Iterable[Holder], confirmed: Iterable[tuple[Holder, datetime]], share: float, until: datetime
) -> Rates:
    """Rates from calls of which it is known who made them.

    holders: all, whether they called or not; confirmed: (who called, when); share: of all callers, those of whom it can
    be known at all, in (0, 1]. until: where what is told of the holders ends.
    """
    seconds = {phase: [0.0] * (len(edges) - 1) for phase, edges in EDGES.items()}
    calls = {phase: [0.0] * (len(edges) - 1) for phase, edges in EDGES.items()}
    for holder in holders:
        for phase, at, time in spent(holder, until):
            seconds[phase][at] += time
    for holder, dialled_at in confirmed:
        phase, age = phase_of(holder, dialled_at)
        if 0 <= age < EDGES[phase][-1]:
            calls[phase][bisect_right(EDGES[phase], age) - 1] += 1 / share
    return Rates({phase: smoothed(calls[phase], seconds[phase], USUAL[phase]) for phase in EDGES})


def smoothed(calls: Sequence[float], seconds: Sequence[float], usual: Sequence[float]) -> list[float]:
    """Calls a second, drawn towards the usual shape, at the level of what was seen, where little was."""
    expected = [rate * time for rate, time in zip(usual, seconds, strict=True)]
    scale = sum(calls) / sum(expected) if sum(expected) and sum(calls) else 1.0
    own = USUAL_WEIGHT / len(usual)  # calls' worth of the usual rate in each bin
    return [
        (seen + own) / (time + own / (rate * scale)) for seen, time, rate in zip(calls, seconds, usual, strict=True)
    ]
