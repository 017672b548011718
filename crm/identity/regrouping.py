"""`regroup`: the one writer of who belongs to which customer. Reads a region, folds it, writes what changed."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import structlog

from crm.identity import causes, due
from crm.identity.fold import STRONG, Edge, Folded, Forest, Node, fold, is_shared_by_count
from crm.identity.joining import count_joined
from crm.identity.kinds import Key, Kind
from crm.privacy.withholding import reconsider_moved
from crm.reading import Reading, answering, read
from crm.sql import array, cursor

log = structlog.get_logger(__name__)

REGION_CAP = 5_000  # identifiers; past it only staff and verified links are folded
NEIGHBOURS_READ = 6_000
READ_AT_ONCE = 50_000  # identifiers of all regions together; more are folded in halves
FEW = 8  # identifiers whose regions are read together however many they are: halving ends somewhere
COMPANIONS_READ = 100  # identifiers of their customers, for each that is asked about; the others are reached by links
WRITE_LOCK = 0x7468726F7567686C  # one regroup at a time, from its reading to its commit

# One answer for all of it: who is asked about and the companions of each, what was said of them, and their links with
# whoever is at the other end. A row is of an identifier (no link, no fact), of a fact, or of a link.
READ_STEP: LiteralString = """
    WITH those AS MATERIALIZED (
        SELECT unnest(%(some)s::bigint[]) AS id UNION
        SELECT i.id
        FROM (SELECT DISTINCT customer_id FROM crm_identifier WHERE id = ANY(%(some)s::bigint[])) AS c
        CROSS JOIN LATERAL (
            SELECT id FROM crm_identifier WHERE customer_id = c.customer_id LIMIT %(companions)s
        ) AS i
    )
    SELECT id, kind, namespace, value, ruled_shared, shared, customer_id, origin_id, created_at = now(), is_withheld,
        NULL::text, NULL::text, NULL::bool,
        NULL::bigint, NULL::bigint, NULL::bigint, NULL::text, NULL::text, NULL::bool, NULL::float8, NULL::text
    FROM crm_identifier WHERE id = ANY(ARRAY(SELECT id FROM those))
    UNION ALL
    SELECT t.identifier_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, t.name, t.value, s.is_trusted,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM crm_trait t JOIN crm_source s ON s.id = t.source_id
    WHERE t.identifier_id = ANY(ARRAY(SELECT id FROM those))
        AND t.name IN ('given_name', 'full_name', 'date_of_birth') AND s.adapter <> 'staff'
    UNION ALL
    SELECT o.id, o.kind, o.namespace, o.value, o.ruled_shared, o.shared, o.customer_id, o.origin_id,
        o.created_at = now(), o.is_withheld, NULL, NULL, NULL,
        l.id, l.a_id, l.b_id, l.verdict, l.basis, l.is_verified, l.weight, l.held
    FROM those AS n
    CROSS JOIN LATERAL (
        (SELECT *, b_id AS other FROM crm_link WHERE a_id = n.id AND withdrawn_at IS NULL LIMIT %(most)s)
        UNION ALL
        (SELECT *, a_id AS other FROM crm_link WHERE b_id = n.id AND withdrawn_at IS NULL LIMIT %(most)s)
    ) AS l JOIN crm_identifier o ON o.id = l.other
"""
MARK_SHARED = """
    UPDATE crm_identifier t SET shared = n.reason
    FROM unnest(%s::bigint[], %s::text[]) AS n (id, reason) WHERE t.id = n.id
"""
HOLD = """
    UPDATE crm_link t SET held = n.reason FROM unnest(%s::bigint[], %s::text[]) AS n (id, reason) WHERE t.id = n.id
"""
MOVE = """
    WITH moved AS (
        UPDATE crm_identifier t SET customer_id = n.customer
        FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, customer) WHERE t.id = n.id
    )
    INSERT INTO crm_identityevent (at, cause, actor_id, customer_id, moved, links)
    SELECT now(), n.* FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::jsonb[], %s::jsonb[]) AS n
"""


@dataclass(slots=True)
class Row:
    """An identifier as it is stored: what the fold reads, and what it will be compared with.

    is_new: born in this transaction. is_withheld: its customer's browsing is not looked at.
    """

    node: Node
    shared: str
    customer_id: int
    origin_id: int
    is_new: bool
    is_withheld: bool


Neighbours = dict[int, tuple[Row, bool]]  # by id: the row, and whether it is staff who tie it


@dataclass(slots=True)
class Region:
    """What is reachable over standing links without passing through an identifier shared by count.

    past_cap: the identifiers of regions that are past their cap, and were not read to their end.
    """

    rows: dict[int, Row] = field(default_factory=dict)
    edges: dict[int, Edge] = field(default_factory=dict)
    held: dict[int, str] = field(default_factory=dict)
    past_cap: set[int] = field(default_factory=set)

    @property
    def nodes(self) -> dict[int, Node]:
        return {identifier: row.node for identifier, row in self.rows.items()}


def regroup(identifiers: Iterable[int], cause: str, actor_id: int | None = None, links: Sequence[int] = ()) -> set[int]:
    """Fold the regions of these identifiers and write what changed; returns the customers that gained or lost.

    Links are written before this is called, in the same transaction: whoever folds last then sees them all.
    cause: what to say in the identity log. links: the ids of the links that were made or withdrawn.
    """
    return read(regrouping(identifiers, cause, actor_id, links))


def regrouping(
    identifiers: Iterable[int], cause: str, actor_id: int | None = None, links: Sequence[int] = ()
) -> Reading[set[int]]:
    """As `regroup`, beside other readings."""
    seeds = set(identifiers)
    if not seeds:
        return set()
    wait_for_turn()
    region = yield from reading_region(seeds)
    if len(region.rows) > READ_AT_ONCE and len(seeds) > FEW:
        ordered = sorted(seeds)
        found: set[int] = set()
        for half in ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]:
            found |= yield from regrouping(half, cause, actor_id, links)
        return found
    return fold_region(region, seeds, cause, actor_id, links)


def fold_region(region: Region, seeds: set[int], cause: str, actor_id: int | None, links: Sequence[int]) -> set[int]:
    """Fold what was read, write what changed, and say so."""
    if region.past_cap:
        log.warning("identity.region_past_cap", identifiers=len(region.past_cap), cap=REGION_CAP)
    folded = fold(region.nodes, region.edges.values(), region.past_cap)
    held = write_flags(region, folded)
    moves = moved(region, folded)
    write_moves(moves, cause, actor_id, links)
    if cause != causes.SCORED:
        due.mark(named(region, seeds | held), named(region, {identifier for identifier, _, _ in moves}))
    if cause == causes.OBSERVED:
        count_joined(region.rows, region.edges, folded.held, moves)
    changed = {customer for _, before, after in moves for customer in (before, after)}
    reconsider_moved(changed, any(row.is_withheld for row in region.rows.values()))
    return changed


def wait_for_turn() -> None:
    """Be the one who folds until the transaction ends. Whoever locks rows of its own before it folds takes this first,
    or two that wait for each other would never end.
    """
    with cursor() as sql:
        sql.execute("SELECT pg_advisory_xact_lock(%s)", [WRITE_LOCK])


# Reading


def read_region(seeds: Collection[int]) -> Region:
    """Read the regions of some identifiers."""
    return read(reading_region(seeds))


def reading_region(seeds: Collection[int]) -> Reading[Region]:
    """Breadth first. A crowded identifier ends a region, unless it was not yet known to be crowded: what used to join
    through it has to be folded again.
    """
    region, forest = Region(), Forest(seeds)
    frontier = set(seeds)
    while frontier and (len(region.rows) <= READ_AT_ONCE or len(seeds) <= FEW):
        neighbours = yield from reading_step(region, frontier)
        following: set[int] = set()
        for identifier, others in neighbours.items():
            row = region.rows[identifier]
            if is_crowded(row.node, others):
                row.node = row.node._replace(is_crowded=True)
                if row.shared == "count":
                    continue
            following |= others.keys()
            forest.tie(identifier, [one for one, (other, _) in others.items() if other.shared != "count"])
        frontier = {one for one in following - region.rows.keys() if forest.size_at(one) <= REGION_CAP}
    region.past_cap = {one for one in region.rows if forest.size_at(one) > REGION_CAP}
    keep_whole_edges(region)
    return region


def reading_step(region: Region, frontier: Collection[int]) -> Reading[dict[int, Neighbours]]:
    """Read some identifiers and their companions, what was said of them and their standing links into the region.

    Companions were one customer when last folded: nearly always their region, which is then read in one step where its
    links would take four. Returns whom `same` links tie each to: their rows, and whether staff's do.
    """
    told = {"some": array(sorted(frontier)), "companions": COMPANIONS_READ, "most": NEIGHBOURS_READ}
    rows = yield from answering(READ_STEP, told)
    neighbours: dict[int, Neighbours] = {}
    facts: list[tuple[Any, ...]] = []
    reached: dict[int, Row] = {}
    for row in rows:
        if row[13] is not None:
            add_edge(region, neighbours, reached, row)
        elif row[10] is not None:
            facts.append((row[0], *row[10:13]))
        else:
            region.rows[row[0]], neighbours[row[0]] = stored(row), {}
    add_facts(region, facts)
    return neighbours


def add_edge(
    region: Region, neighbours: Mapping[int, Neighbours], reached: dict[int, Row], row: tuple[Any, ...]
) -> None:
    """Add a link, and who is at its other end."""
    other, (edge_id, a, b, verdict, basis, is_verified, weight, held) = row[0], row[13:]
    region.edges[edge_id] = Edge(edge_id, a, b, verdict, basis, is_verified, weight)
    region.held[edge_id] = held
    if verdict == "same":
        known = region.rows.get(other) or reached.get(other) or reached.setdefault(other, stored(row))
        mine = neighbours[b if other == a else a]
        mine[other] = known, basis == "staff" or (other in mine and mine[other][1])


def stored(row: tuple[Any, ...]) -> Row:
    _, kind, space, value, ruled, shared, customer, origin, is_new, is_withheld = row[:10]
    return Row(Node(Key(kind, space, value), ruled_shared=ruled), shared, customer, origin, is_new, is_withheld)


def is_crowded(node: Node, neighbours: Neighbours) -> bool:
    if node.key.kind in STRONG or node.ruled_shared is False:
        return False
    return is_shared_by_count({other.node.key for other, is_told in neighbours.values() if not is_told})


def keep_whole_edges(region: Region) -> None:
    """Drop the links that lead out of the region: past a crowded identifier, or past the cap."""
    region.edges = {
        edge_id: edge for edge_id, edge in region.edges.items() if edge.a in region.rows and edge.b in region.rows
    }


def add_facts(region: Region, told: Iterable[tuple[Any, ...]]) -> None:
    """Add the names and birth dates that were asserted about each identifier.

    Staff's corrections are of a customer who is one already: they change what shows, and take nobody apart.
    """
    asserted: dict[int, dict[str, set[str]]] = {}
    for identifier, name, value, is_trusted in told:
        fact = "births" if name == "date_of_birth" else "names"
        facts = asserted.setdefault(identifier, {})
        facts.setdefault(fact, set()).add(value)
        if is_trusted:
            facts.setdefault(f"vouched_{fact}", set()).add(value)
    for identifier, facts in asserted.items():
        said = {name: frozenset(values) for name, values in facts.items()}
        row, nothing = region.rows[identifier], frozenset[str]()
        row.node = row.node._replace(
            names=said.get("names", nothing),
            births=said.get("births", nothing),
            vouched_names=said.get("vouched_names", nothing),
            vouched_births=said.get("vouched_births", nothing),
        )


# Writing


def write_flags(region: Region, folded: Folded) -> set[int]:
    """Write which identifiers are shared and which links are held, where that changed; returns the links' ends."""
    shared = [(i, folded.shared.get(i, "")) for i, row in region.rows.items() if row.shared != folded.shared.get(i, "")]
    held = [(e, folded.held.get(e, "")) for e in region.edges if region.held[e] != folded.held.get(e, "")]
    with cursor() as sql:
        for statement, rows in ((MARK_SHARED, shared), (HOLD, held)):
            if rows:
                sql.execute(statement, [list(column) for column in zip(*sorted(rows), strict=True)])
    return {end for edge, _ in held for end in (region.edges[edge].a, region.edges[edge].b)}


def named(region: Region, identifiers: Iterable[int]) -> set[int]:
    """Those of the identifiers that name somebody: scored matching knows no others."""
    return {one for one in identifiers if one in region.rows and region.rows[one].node.key.kind not in Kind.anonymous()}


def moved(region: Region, folded: Folded) -> list[tuple[int, int, int]]:
    """(identifier, customer before, customer after) for each that changes hands, sorted."""
    moves = []
    for group in folded.groups:
        customer = survivor(region.rows[identifier] for identifier in group)
        moves += [(i, region.rows[i].customer_id, customer) for i in group if region.rows[i].customer_id != customer]
    return sorted(moves)


def survivor(rows: Iterable[Row]) -> int:
    """The customer that a group is: its oldest origin that names somebody, else its oldest."""
    return min((row.node.key.kind in Kind.anonymous(), row.origin_id) for row in rows)[1]


def write_moves(moves: Sequence[tuple[int, int, int]], cause: str, actor_id: int | None, links: Sequence[int]) -> None:
    """Write the cache and append the identity log: one line per customer that identifiers went to."""
    if not moves:
        return
    lines: dict[int, list[tuple[int, int, int]]] = {}
    for move in moves:
        lines.setdefault(move[2], []).append(move)
    log_rows: list[tuple[Any, ...]] = [
        (cause, actor_id, customer, json.dumps(of_customer), json.dumps(list(links)))
        for customer, of_customer in sorted(lines.items())
    ]
    with cursor() as sql:
        cache = [array(move[0] for move in moves), array(move[2] for move in moves)]
        sql.execute(MOVE, [*cache, *(list(column) for column in zip(*log_rows, strict=True))])
