"""The journeys of a day, counted by each dimension that a touch may be told by. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from journeys.attribution.counting import ALONG, Counts, count
from journeys.attribution.gathering import Ends, Touches, gather
from journeys.attribution.paths import Flags, Floats, Paths
from journeys.attribution.streaming import End, Touch

NONE, MASKED = "(none)", "(masked)"
# An address, a number: in what is typed into searches and put into links. It is told to nobody, nor kept.
TELLING = re.compile(r"@|%40|\d{6,}")
MARKETED = "marketed"  # a dimension of no report: of touches that something brought which marketing may have done
DAY = 86_400.0
DIMENSIONS: dict[str, tuple[str, Callable[[Touch], str]]] = {
    "group": ("Channel group", lambda touch: touch.group),
    "campaign": ("Campaign", lambda touch: touch.campaign),
    "source": ("Source / medium", lambda touch: f"{touch.source or NONE} / {touch.medium or NONE}"),
    "keyword": ("Keyword", lambda touch: touch.keyword),
    "landing": ("Landing page", lambda touch: touch.landing),
    "queue": ("Call queue", lambda touch: touch.queue),
}
ORDERS: Mapping[str, Sequence[int]] = {"group": (1, 2, 3)}
OTHERS: Sequence[int] = (1, 2)


class Kind(NamedTuple):
    """What journeys that are counted together have in common."""

    outcome: str
    currency: str
    by_phone: bool
    brand: str


def tabulate(ends: Sequence[End], touches: Sequence[Touch]) -> Iterator[tuple[str, Kind, Counts]]:
    """(dimension, kind, counts) of the journeys of a day. Values are counted in hundredths, so that they are exact."""
    kinds = [Kind(end.outcome, end.currency, end.by_phone, end.brand) for end in ends]
    some = columns_of(touches)
    for dimension, (_, told) in DIMENSIONS.items():
        channels, codes = numbered([name_of(told(touch)) for touch in touches])
        coded = replace(some, channels=codes)
        for kind, paths in paths_by_kind(ends, kinds, channels, coded):
            yield dimension, kind, count(paths, ALONG, ORDERS.get(dimension, OTHERS))
    marketed = taken(some, np.array([is_marketed(touch) for touch in touches], dtype=np.bool_))
    for kind, paths in paths_by_kind(ends, kinds, (MARKETED,), marketed):
        yield MARKETED, kind, count(paths, ("first",), ())


def is_marketed(touch: Touch) -> bool:
    """Whether something brought it that marketing may have done: a campaign, a link, a search."""
    return bool(touch.source or touch.medium or touch.campaign)


def columns_of(touches: Sequence[Touch]) -> Touches:
    """Touches, of one channel."""
    return Touches(
        np.array([touch.journey - 1 for touch in touches], dtype=np.int64),
        np.zeros(len(touches), dtype=np.int32),
        np.array([days(touch.at) for touch in touches]),
        np.array([touch.is_direct for touch in touches], dtype=np.bool_),
    )


def taken(some: Touches, which: Flags) -> Touches:
    """Those of the touches."""
    assert some.at is not None
    assert some.is_direct is not None
    return Touches(some.journeys[which], some.channels[which], some.at[which], some.is_direct[which])


def paths_by_kind(
    ends: Sequence[End], kinds: Sequence[Kind], channels: Sequence[str], some: Touches
) -> Iterator[tuple[Kind, Paths]]:
    """The paths of each kind of journeys."""
    for kind in sorted(set(kinds)):
        chosen = np.array([one == kind for one in kinds], dtype=np.bool_)
        mine = taken(some, chosen[some.journeys])
        of_kind = [end for end, one in zip(ends, kinds, strict=True) if one == kind]
        places = np.cumsum(chosen) - 1
        yield kind, gather(channels, replace(mine, journeys=places[mine.journeys]), ends_of(of_kind))


def name_of(told: str) -> str:
    """What a touch is called: nothing that may tell who somebody is."""
    return MASKED if TELLING.search(told) else told.strip() or NONE


def numbered(names: Sequence[str]) -> tuple[Sequence[str], "np.ndarray[tuple[int, ...], np.dtype[np.int32]]"]:
    known = {name: at for at, name in enumerate(dict.fromkeys(names))}
    return tuple(known), np.array([known[name] for name in names], dtype=np.int32)


def ends_of(ends: Sequence[End]) -> Ends:
    """A refund is no conversion, and takes its value away."""
    values: Floats = np.array([float(100 * end.value) for end in ends])
    converts = np.array([float(bool(end.outcome) and end.value >= 0) for end in ends])
    lapses = np.array([float(not end.outcome) for end in ends])
    milestones: Floats = np.array([[days(one) if one else np.nan for one in end.milestones] for end in ends])
    at = np.array([days(end.at) for end in ends])
    return Ends(converts, values, at, nulls=lapses, milestones=milestones.reshape(len(ends), 2))


def days(at: datetime) -> float:
    """A moment, in days."""
    return at.astimezone(UTC).timestamp() / DAY
