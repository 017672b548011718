"""The graph of a period: read once, walked into and out of a step."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from journeys.morning.comparing import Share, difference
from journeys.paths.asking import BEFORE, BOTH, SEGMENT, Asked
from journeys.paths.hits import Hits
from journeys.paths.models import Step
from journeys.paths.packing import Ints
from journeys.paths.reading import Counted, counted_between
from journeys.paths.walking import (
    NOT_YET,
    NOTHING,
    OTHER,
    WITHIN,
    Flow,
    Loop,
    Steps,
    Walks,
    begun,
    ended,
    flows,
    loops,
    once_each,
    repeats,
    told_apart,
    top_paths,
    walks,
    within,
)
from journeys.segments.models import Member

MOST = 20  # paths, and loops
LISTED = 300  # steps to choose from
Brands = Collection[str] | None
Path = tuple[tuple[int, ...], int]


@dataclass(frozen=True)
class Side:
    """Walks one way. folded: with those steps that are told apart."""

    walks: Walks
    folded: Steps
    flows: Sequence[Flow]
    paths: Sequence[Path]


@dataclass(frozen=True)
class Graph:
    """journeys: customers who took the step. recent: of whom the seven days after it are not over. ended: by place.

    into, out: None where not asked. steps: (number, how many times) of every step in the period, the most frequent
    first; customers: how many there are. withheld: steps of everybody that consent left out, in tens.
    """

    step: int
    journeys: int
    recent: int
    into: Side | None
    out: Side | None
    ended: Sequence[tuple[int, int]]
    loops: Sequence[Loop]
    repeats: tuple[int, int]
    steps: Sequence[tuple[int, int]]
    hits: int
    withheld: int

    @property
    def flows(self) -> list[Flow]:
        return [flow for side in (self.into, self.out) if side for flow in side.flows]


class Names:
    """What steps are called. Two of one name are told apart by their kind."""

    def __init__(self) -> None:
        rows = list(Step.objects.values_list("pk", "name", "kind", "channel"))
        once = uniques([name for _, name, _, _ in rows])
        kinds = dict(Step.Kind.choices)
        self.labels = {pk: name if name in once else f"{name} ({kinds[kind].lower()})" for pk, name, kind, _ in rows}
        self.channels = {pk: channel for pk, _, _, channel in rows}
        self.numbers = {label: pk for pk, label in sorted(self.labels.items(), reverse=True)}

    def __call__(self, step: int) -> str:
        plain = {NOTHING: "nothing", NOT_YET: "nothing yet", OTHER: "other steps"}
        return plain.get(step) or self.labels.get(step, "a step that is gone")


def uniques(names: Sequence[str]) -> set[str]:
    """Those that occur once."""
    seen, twice = set[str](), set[str]()
    for name in names:
        (twice if name in seen else seen).add(name)
    return seen - twice


def graph(asked: Asked, names: Names, brands: Brands, now: datetime, like: Graph | None = None) -> Graph:
    """What there is to see. Where no step is asked for, of the one that tells most: calls first.

    like: a graph whose steps are told apart, and no others.
    """
    counted = read(asked, brands)
    since, until = (int(one.timestamp()) for one in (asked.begins, asked.ends))
    counts = counted.steps_between(since, until)
    listed = np.argsort(-counts, kind="stable")[:LISTED]
    steps = [(int(one), int(counts[one])) for one in listed if counts[one]]
    step = like.step if like else names.numbers.get(asked.step, 0) if asked.step else proposed(steps, names)
    hits = counted.of_those_who(step).in_order()
    once = once_each(hits)
    walked = once if asked.is_once else hits
    places = begun(walked, step, since, until)
    into, out = (
        side(walked, places, asked, now, like, is_back=is_back) if asked.way in (way, BOTH) else None
        for way, is_back in (("into", True), ("out", False))
    )
    recent = int((walked.at[places] + WITHIN > int(now.timestamp())).sum())
    looped = loops(within(once, since, until), step, MOST)
    return Graph(
        step, len(places), recent, into, out, ended(out.walks) if out else [], looped,
        repeats(within(hits, since, until), step), steps, int(counts.sum()), counted.withheld_between(since, until),
    )  # fmt: skip


def read(asked: Asked, brands: Brands) -> Counted:
    """What happened in the period, and seven days before and after it."""
    around = timedelta(seconds=WITHIN)
    return counted_between(brands, asked.begins - around, asked.ends + around, members(asked.segment, brands))


def members(segment: int | None, brands: Brands) -> list[int] | None:
    """Who is in a segment now (numbers), on this side of the walls; None: everybody."""
    if segment is None:
        return None
    found = Member.objects.filter(segment=segment)
    seen = found if brands is None else found.filter(brand__in=["", *sorted(brands)])
    return list(seen.values_list("customer_id", flat=True))


def proposed(steps: Sequence[tuple[int, int]], names: Names) -> int:
    calls = [one for one, _ in steps if names.channels.get(one) == "call"]
    return next(iter([*calls, *(one for one, _ in steps)]), 0)


def side(hits: Hits, places: Ints, asked: Asked, now: datetime, like: Graph | None, *, is_back: bool) -> Side:
    found = walks(hits, places, asked.deep, int(now.timestamp()), is_back=is_back)
    theirs = (like.into if is_back else like.out) if like else None
    folded = told_apart(found, theirs.folded if theirs else None)
    return Side(found, folded, flows(found, folded, is_back=is_back), top_paths(found, MOST))


def compared_with(asked: Asked) -> Asked | None:
    """What a graph is compared with."""
    if asked.compare == BEFORE:
        return asked.before
    if asked.compare == SEGMENT and asked.other is not None:
        return replace(asked, segment=asked.other)
    return None


@dataclass(frozen=True)
class Difference:
    """Two shares, and how far apart they are, in percentage points, with its interval."""

    share: Share
    other: Share

    @property
    def points(self) -> tuple[float, float, float]:
        return difference(self.share, self.other)

    @property
    def is_news(self) -> bool:
        """Whether chance alone would seldom part them."""
        _, low, high = self.points
        return bool(self.share.of and self.other.of) and (low > 0 or high < 0)


@dataclass(frozen=True)
class Beside:
    """What a graph is compared with. asked: what that one was asked for; apart: by flow (place, source, target), but of
    those who did nothing yet: where the seven days are over, nobody is one of them.
    """

    asked: Asked
    graph: Graph
    apart: Mapping[tuple[int, int, int], Difference]


def beside(asked: Asked, found: Graph, names: Names, brands: Brands, now: datetime) -> Beside | None:
    """What was asked to stand beside a graph; None where nothing was."""
    against = compared_with(asked)
    if against is None:
        return None
    other = graph(against, names, brands, now, like=found)
    return Beside(against, other, differences(found, other))


def differences(one: Graph, other: Graph) -> dict[tuple[int, int, int], Difference]:
    """By (place, source, target), how many of all went so, on both sides; of what can be compared."""
    counts = {(flow.place, flow.source, flow.target): flow.journeys for flow in other.flows}
    return {
        (flow.place, flow.source, flow.target): Difference(
            Share(flow.journeys, one.journeys),
            Share(counts.get((flow.place, flow.source, flow.target), 0), other.journeys),
        )
        for flow in one.flows
        if flow.target != NOT_YET
    }
