"""Which customers became part of others in a fold, and by whose links."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from crm.identity.fold import Edge, Node
from crm.identity.kinds import Kind
from crm.sources.breaker import note_joined
from crm.sql import cursor

READ_SOURCES = "SELECT id, source_id FROM crm_link WHERE id = ANY(%s) AND source_id IS NOT NULL"


class Stored(Protocol):
    """An identifier as it was before the fold. is_new: born in this transaction."""

    @property
    def node(self) -> Node: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def is_new(self) -> bool: ...


def count_joined(
    rows: Mapping[int, Stored], edges: Mapping[int, Edge], held: Collection[int], moves: Sequence[tuple[int, int, int]]
) -> None:
    """Count, for the breaker, the identified customers that were there before and are part of others now.

    moves: (identifier, customer before, after). Nearly always there is none, which costs a look at each move.
    """
    gone = {before for identifier, before, _ in moves if is_telling(rows[identifier])}
    if not gone:
        return
    moved = {identifier for identifier, _, _ in moves}
    gone -= {row.customer_id for identifier, row in rows.items() if identifier not in moved}
    gone -= {after for _, _, after in moves}
    ties = tying(gone, rows, edges, held)
    if not ties:
        return
    with cursor() as sql:
        sources: dict[int, int] = dict(sql.execute(READ_SOURCES, [sorted(set(ties.values()))]).fetchall())
    by_source: dict[int, list[int]] = {}
    for link in ties.values():
        if link in sources:
            by_source.setdefault(sources[link], []).append(link)
    if by_source:
        note_joined(by_source)


def is_telling(row: Stored) -> bool:
    return not row.is_new and row.node.key.kind not in Kind.anonymous()


def tying(
    gone: Collection[int], rows: Mapping[int, Stored], edges: Mapping[int, Edge], held: Collection[int]
) -> dict[int, int]:
    """By customer that is gone, the newest link in force (id) that ties it to what was another's."""
    newest: dict[int, int] = {}
    for edge in edges.values():
        ends = rows[edge.a].customer_id, rows[edge.b].customer_id
        if edge.verdict != "same" or edge.basis != "observed" or edge.id in held or ends[0] == ends[1]:
            continue
        for customer in ends:
            if customer in gone:
                newest[customer] = max(edge.id, newest.get(customer, 0))
    return newest
