"""A graph as a picture and as tables: what each page, file and program is given. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from journeys.morning.comparing import Share
from journeys.paths.asking import Asked, query
from journeys.paths.graphing import Difference, Graph, Names
from journeys.paths.walking import NOT_YET, NOTHING, OTHER, Flow

LONGEST = 34  # letters of a label in the picture
SHOWN = 40  # flows that stand in the table at once


class Line(NamedTuple):
    """A line of the table of flows. who: the address of the customers who went so; "" where it cannot be asked."""

    place: int
    source: str
    target: str
    journeys: int
    share: float
    median: str
    high: str
    who: str
    difference: Difference | None

    @property
    def points(self) -> list[str]:
        """The difference and its interval, in percentage points, as they are read."""
        return [f"{one:+.1f}".replace("-", "−") for one in self.difference.points] if self.difference else []

    @property
    def where(self) -> str:
        """Which step it is, in words."""
        return f"{abs(self.place)} before" if self.place < 0 else f"{self.place} after"


def often_and_rarely(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """The flows that most went, and the others, each as they stood."""
    often = set(sorted(range(len(lines)), key=lambda at: -lines[at].journeys)[:SHOWN])
    return [one for at, one in enumerate(lines) if at in often], [
        one for at, one in enumerate(lines) if at not in often
    ]


class PathLine(NamedTuple):
    """A sequence of steps, in the order of time, and how many went so."""

    words: str
    journeys: int
    share: float


def lines_of(found: Graph, names: Names, asked: Asked, apart: Mapping[Any, Difference]) -> list[Line]:
    return [
        Line(flow.place, names(flow.source) if flow.source else "nothing", names(flow.target), flow.journeys,
             100 * flow.journeys / found.journeys, spoken(flow.median), spoken(flow.high), address(flow, asked),
             apart.get((flow.place, flow.source, flow.target)))
        for flow in found.flows
    ]  # fmt: skip


def address(flow: Flow, asked: Asked) -> str:
    return query(asked, place=flow.place, source=flow.source, target=flow.target)


def spoken(seconds: float | None) -> str:
    """A time as people say it."""
    if seconds is None:
        return ""
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {word}"
    return f"{seconds:.0f} s"


def paths_of(found: Graph, names: Names) -> list[tuple[str, list[PathLine]]]:
    """(which way, the most frequent sequences)."""
    made = []
    for title, side, is_back in (("What led to it", found.into, True), ("What came after it", found.out, False)):
        if side:
            rows = [
                PathLine(said(steps[::-1] if is_back else steps, names), count, 100 * count / found.journeys)
                for steps, count in side.paths
            ]
            made.append((title, rows))
    return made


def said(steps: Sequence[int], names: Names) -> str:
    """A sequence in words; of several times nothing, one."""
    told = [names(step) for at, step in enumerate(steps) if step > 0 or at == 0 or steps[at - 1] != step]
    return " → ".join(told)


def ended_of(found: Graph, names: Names) -> list[tuple[str, Share]]:
    """(after how many steps, the share of those of whom it is known, for whom nothing came)."""
    return [
        (f"after {names(found.step)}" if at == 0 else f"after {at} more", Share(gone, known))
        for at, (known, gone) in enumerate(found.ended)
    ]


def picture(found: Graph, names: Names, asked: Asked) -> dict[str, Any]:
    """What the chart is drawn from. nodes: (label, kind, the step to ask for); links: (from, to, how many, label)."""
    nodes: dict[tuple[int, int], int] = {}
    links = []
    for flow in found.flows:
        before, after = (flow.place, flow.place + 1) if flow.place < 0 else (flow.place - 1, flow.place)
        ends = [nodes.setdefault(end, len(nodes)) for end in ((before, flow.source), (after, flow.target))]
        words = f"{names(flow.source)} → {names(flow.target)}"
        links.append([*ends, flow.journeys, words, spoken(flow.median), address(flow, asked)])
    told = [[short(names(step)), kind_of(step, names), names(step) if step > 0 else "", place] for place, step in nodes]
    return {"nodes": told, "links": links, "unit": "journeys"}


def kind_of(step: int, names: Names) -> str:
    if step in (NOTHING, NOT_YET):
        return "end"
    return "other" if step == OTHER else names.channels.get(step, "other")


def short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
