"""The evidence graph as SVG: few identifiers in a column for each kind, many as a tree; links are numbered. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString

from crm.identity.branching import branched
from crm.identity.evidence import Evidence, said_of, standing_of
from crm.identity.kinds import RANK
from crm.identity.models import Identifier, Link
from crm.wording import identifier_value, kind_word

BOX, TALL, ACROSS, DOWN, EDGE, TOP = 144, 34, 186, 54, 14, 36
PER_COLUMN = 10
LONGEST = 18
FEWEST_ROWS = 3  # so that curves over several columns have room
MOST_IN_COLUMNS = 16
INDENT, ROW_HEIGHT, WIDE = 46, 42, 300
NUMBERED = 80  # links; more numbers would cover each other


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an identifier stands: the left upper corner of its box."""

    x: int
    y: int
    width: int = BOX

    @property
    def middle(self) -> int:
        return self.y + TALL // 2


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    nodes: list[Identifier]


def columns_of(evidence: Evidence) -> list[Column]:
    """Columns from the most telling kind to the least, long ones broken, other people's identifiers last."""
    found: list[Column] = []
    for kind in sorted({one.kind for one in evidence.inside}, key=RANK.__getitem__):
        found += broken(kind_word(kind), [one for one in evidence.inside if one.kind == kind])
    return found + broken("Not theirs", evidence.outside)


def broken(heading: str, nodes: Sequence[Identifier]) -> list[Column]:
    return [Column(heading, list(nodes[start : start + PER_COLUMN])) for start in range(0, len(nodes), PER_COLUMN)]


def laid_out(columns: Sequence[Column]) -> dict[int, Spot]:
    """The spot of each identifier; short columns stand in the middle of the tallest."""
    tallest = height_of(columns)
    spots: dict[int, Spot] = {}
    for number, column in enumerate(columns):
        above = TOP + (tallest - len(column.nodes)) * DOWN // 2
        for row, node in enumerate(column.nodes):
            spots[node.pk] = Spot(EDGE + number * ACROSS, above + row * DOWN)
    return spots


def spot_of(row: int, depth: int) -> Spot:
    """A row's place in the tree."""
    return Spot(EDGE + depth * INDENT, EDGE + row * ROW_HEIGHT, WIDE)


def height_of(columns: Iterable[Column]) -> int:
    """The rows of the drawing."""
    return max(FEWEST_ROWS, *(len(column.nodes) for column in columns))


def drawn(evidence: Evidence) -> SafeString:
    """The graph. It says nothing that the list beside it does not, so screen readers get its title only."""
    nodes = [*evidence.inside, *evidence.outside]
    if len(nodes) > MOST_IN_COLUMNS:
        rows, branches = branched(evidence)
        top, spots = "", {pk: spot_of(number, depth) for number, (pk, depth) in enumerate(rows)}
    else:
        columns = columns_of(evidence)
        top, spots, branches = headings(columns), laid_out(columns), set[int]()
    width = max(spot.x + spot.width for spot in spots.values()) + EDGE + 60
    height = max(spot.y + TALL for spot in spots.values()) + (EDGE if not top else DOWN)
    links = "".join(edges(evidence.drawn, spots, branches))
    outside = {one.pk for one in evidence.outside}
    boxes = "".join(node(one, spots[one.pk], outside) for one in nodes)
    return SafeString(
        f'<svg class="evidence" role="img" aria-labelledby="evidence-title" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><title id="evidence-title">{len(spots)} identifiers and '
        f"{len(evidence.drawn)} links between them; the list below says the same</title>"
        f"{top}{links}{boxes}</svg>"
    )


def headings(columns: Iterable[Column]) -> str:
    return "".join(
        f'<text class="kind" x="{EDGE + number * ACROSS}" y="20">{escape(column.heading)}</text>'
        for number, column in enumerate(columns)
    )


def node(one: Identifier, spot: Spot, outside: Iterable[int]) -> str:
    look = "outside" if one.pk in outside else "shared" if one.is_shared else "inside"
    value = identifier_value(one)
    said, most = (value, LONGEST) if spot.width == BOX else (f"{kind_word(one.kind)} {value}", 2 * LONGEST)
    text = said if len(said) <= most else f"{said[: most - 1]}…"
    return (
        f'<g class="node {look}"><title>{escape(value)}</title>'
        f'<rect x="{spot.x}" y="{spot.y}" width="{spot.width}" height="{TALL}" rx="8"/>'
        f'<text x="{spot.x + 10}" y="{spot.middle + 4}">{escape(text)}</text></g>'
    )


def edges(links: Sequence[Link], spots: Mapping[int, Spot], branches: Collection[int]) -> list[str]:
    """The curves, the weakest below; then the numbers, above them all. branches: links (ids) of a tree."""
    lines, numbers = [], []
    for number, link in enumerate(links, start=1):
        left, right = sorted((spots[link.a_id], spots[link.b_id]), key=lambda spot: (spot.x, spot.y))
        curve, x, y = branch(left, right) if link.pk in branches else curved(left, right, number)
        look = standing_of(link)
        lines.append(f'<path class="tie {look}" d="{curve}"><title>{number}: {escape(said_of(link))}</title></path>')
        numbers.append(
            f'<g class="number {look}"><circle cx="{x}" cy="{y}" r="9"/><text x="{x}" y="{y + 4}">{number}</text></g>'
        )
    return [*reversed(lines), *(numbers if len(links) <= NUMBERED else [])]


def branch(left: Spot, right: Spot) -> tuple[str, int, int]:
    """(the branch from a box down to one that hangs on it, the point for its number)."""
    x = left.x + INDENT // 2
    return f"M{x} {left.y + TALL}V{right.middle}H{right.x}", x, right.middle


def curved(left: Spot, right: Spot, number: int) -> tuple[str, int, int]:
    """(the path between two boxes, the point at its middle).

    Within one column it bows to the right; over several it bows up or down by turns, past the boxes between.
    """
    if right.x < left.x + left.width:
        start, x, bow = left.x + left.width, right.x + right.width, 22 + min(40, abs(right.y - left.y) // 8)
        half = (left.middle + right.middle) // 2
        return f"M{start} {left.middle}Q{x + 2 * bow - 14} {half} {x} {right.middle}", x + bow - 7, half
    start, end = left.x + left.width, right.x
    pull = max(20, (end - start) // 3)
    bow = 0 if end - start < ACROSS else (52 + 14 * (number % 3)) * (1 if number % 2 else -1)
    first, second = left.middle + bow, right.middle + bow
    path = f"M{start} {left.middle}C{start + pull} {first} {end - pull} {second} {end} {right.middle}"
    return path, (start + end) // 2, (left.middle + right.middle + bow * 3 // 2) // 2
