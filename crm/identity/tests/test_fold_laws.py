"""The laws of the fold, on random histories."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crm.identity.fold import Edge, Folded, Node, fold, is_shared_by_count
from crm.identity.kinds import Key, Kind

NAMES = ["Anna", "Ann", "Tom", "Thomas", "Elizabeth", "Liz", "Zed"]
BIRTHS = ["1984-05-04", "1990-01-01"]

nodes_strategy = st.lists(
    st.builds(
        lambda kind, space, names, births, ruled: (kind, space, frozenset(names), frozenset(births), ruled),
        st.sampled_from(list(Kind.values)),
        st.sampled_from(["shop", "desk"]),
        st.lists(st.sampled_from(NAMES), max_size=2),
        st.lists(st.sampled_from(BIRTHS), max_size=1),
        st.sampled_from([None, None, None, None, True, False]),
    ),
    min_size=2,
    max_size=14,
)


@st.composite
def histories(draw: Any) -> tuple[dict[int, Node], list[Edge]]:
    """Random identifiers and random standing links between them."""
    shapes = draw(nodes_strategy)
    nodes = {
        number: Node(
            Key(kind, "" if kind in ("email", "phone") else space, f"v{number}"), names, births, ruled_shared=ruled
        )
        for number, (kind, space, names, births, ruled) in enumerate(shapes)
    }
    ends = st.integers(0, len(nodes) - 1)
    drawn = draw(
        st.lists(
            st.tuples(
                ends,
                ends,
                st.sampled_from(["same"] * 6 + ["different"]),
                st.sampled_from(["observed", "observed", "scored", "staff"]),
                st.booleans(),
                st.sampled_from([1.0, 4.5, 9.0]),
            ),
            max_size=24,
        )
    )
    edges: list[Edge] = []
    standing = set()
    for a, b, verdict, basis, is_verified, weight in drawn:
        if a == b or (min(a, b), max(a, b), verdict, basis, is_verified) in standing:
            continue
        standing.add((min(a, b), max(a, b), verdict, basis, is_verified))
        basis = "staff" if verdict == "different" else basis
        scored = weight if basis == "scored" else 0.0
        edges.append(
            Edge(len(edges), min(a, b), max(a, b), verdict, basis, is_verified and basis == "observed", scored)
        )
    return nodes, edges


def partition(folded: Folded) -> set[frozenset[int]]:
    return set(folded.groups)


def shuffled(edges: Sequence[Edge], seed: int) -> list[Edge]:
    """The same links, recorded in another order: other ids."""
    order = list(edges)
    random.Random(seed).shuffle(order)
    return [edge._replace(id=number) for number, edge in enumerate(order)]


def group_of(folded: Folded, node: int) -> frozenset[int]:
    return next(group for group in folded.groups if node in group)


@settings(max_examples=400, deadline=None)
@given(histories(), st.integers(0, 10_000))
def test_the_same_links_in_any_order_give_the_same_customers(history: Any, seed: int) -> None:
    nodes, edges = history
    first, second = fold(nodes, edges), fold(nodes, shuffled(edges, seed))
    assert partition(first) == partition(second)
    assert first.shared == second.shared


@settings(max_examples=200, deadline=None)
@given(histories())
def test_withdrawing_a_link_restores_what_would_have_been_without_it(history: Any) -> None:
    nodes, edges = history
    for gone in edges[:4]:
        rest = [edge for edge in edges if edge is not gone]
        assert partition(fold(nodes, rest)) == partition(fold(nodes, shuffled(rest, gone.id)))
        again = fold(nodes, [*rest, gone])
        assert partition(again) == partition(fold(nodes, edges))


@settings(max_examples=400, deadline=None)
@given(histories())
def test_a_different_verdict_is_never_overruled(history: Any) -> None:
    nodes, edges = history
    folded = fold(nodes, edges)
    for verdict in (edge for edge in edges if edge.verdict == "different"):
        assert verdict.b not in group_of(folded, verdict.a)


@settings(max_examples=300, deadline=None)
@given(histories())
def test_folding_each_region_by_itself_equals_folding_everything(history: Any) -> None:
    nodes, edges = history
    whole = fold(nodes, edges)
    for region in regions(nodes, edges):
        inner = {node: whole_or_crowded(nodes, edges, node) for node in region}
        part = fold(inner, [edge for edge in edges if edge.a in region and edge.b in region])
        for node in region:
            if not inner[node].is_crowded:
                assert group_of(part, node) == group_of(whole, node)


def whole_or_crowded(nodes: dict[int, Node], edges: Iterable[Edge], node: int) -> Node:
    return nodes[node]._replace(is_crowded=is_hub(nodes, edges, node))


def is_hub(nodes: dict[int, Node], edges: Iterable[Edge], node: int) -> bool:
    mine = [e for e in edges if e.verdict == "same" and node in (e.a, e.b)]
    told = {e.other(node) for e in mine if e.basis == "staff"}
    neighbours = {nodes[e.other(node)].key for e in mine if e.other(node) not in told}
    return nodes[node].key.kind not in Kind.strong() and is_shared_by_count(neighbours)


def regions(nodes: dict[int, Node], edges: Sequence[Edge]) -> list[set[int]]:
    """What is reachable over standing links without passing through an identifier shared by count."""
    found: list[set[int]] = []
    left = set(nodes)
    while left:
        region, frontier = set(), {left.pop()}
        while frontier:
            node = frontier.pop()
            region.add(node)
            if is_hub(nodes, edges, node) and len(region) > 1:
                continue
            frontier |= {e.other(node) for e in edges if e.verdict == "same" and node in (e.a, e.b)} - region
        left -= region
        found.append(region)
    return found


@settings(max_examples=300, deadline=None)
@given(histories())
def test_nobody_is_joined_through_a_shared_identifier_by_anything_automatic(history: Any) -> None:
    nodes, edges = history
    folded = fold(nodes, [edge for edge in edges if edge.basis != "staff"])
    for node in folded.shared:
        assert group_of(folded, node) == {node}


@settings(max_examples=300, deadline=None)
@given(histories())
def test_two_login_ids_of_one_source_are_one_customer_only_by_staff(history: Any) -> None:
    nodes, edges = history
    folded = fold(nodes, [edge for edge in edges if edge.basis != "staff"])
    for group in folded.groups:
        logins = [nodes[node].key for node in group if nodes[node].key.kind == "login"]
        assert len({key.namespace for key in logins}) == len(logins)
