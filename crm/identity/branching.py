"""The evidence graph of many identifiers: a tree, one row for each, so that a customer of sixty can still be read."""

from collections.abc import Sequence

from crm.identity.evidence import Evidence
from crm.identity.models import Link

Row = tuple[int, int]  # an identifier (id), and how deep it stands


def branched(evidence: Evidence) -> tuple[list[Row], set[int]]:
    """(rows from the top, the links (ids) that are branches). The most telling identifier is the root; who is tied to
    nothing shown stands below, with no branch.
    """
    ties: dict[int, list[tuple[int, Link]]] = {one.pk: [] for one in (*evidence.inside, *evidence.outside)}
    for link in evidence.drawn:
        ties[link.a_id].append((link.b_id, link))
        ties[link.b_id].append((link.a_id, link))
    rows: list[Row] = []
    branches: set[int] = set()
    placed: set[int] = set()
    for root in ties:
        if root not in placed:
            grow(root, ties, rows, branches, placed)
    return rows, branches


def grow(
    root: int, ties: dict[int, list[tuple[int, Link]]], rows: list[Row], branches: set[int], placed: set[int]
) -> None:
    """Add what hangs on a root: breadth first, so that every branch is as short as can be; then in reading order."""
    children: dict[int, list[int]] = {root: []}
    frontier: Sequence[int] = [root]
    placed.add(root)
    while frontier:
        reached = []
        for node in frontier:
            for other, link in ties[node]:
                if other not in placed:
                    placed.add(other)
                    branches.add(link.pk)
                    children.setdefault(node, []).append(other)
                    reached.append(other)
        frontier = reached
    stack: list[Row] = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        rows.append((node, depth))
        stack += [(child, depth + 1) for child in reversed(children.get(node, []))]
