"""The fold: what the standing links of a region add up to. Pure, and the same whatever order things arrived in.

Its laws are tested: any order of the same links gives the same groups; withdrawing a link restores what would have
been without it; a `different` verdict is never overruled by anything automatic; folding each region by itself equals
folding everything.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from crm.identity.kinds import Key, Kind
from crm.profile.names import agree, could_be_one

SHARED_ABOVE = 10  # identifying neighbours of one e-mail address, phone, handle or browser
GROUP_LIMITS = {Kind.EMAIL: 12, Kind.PHONE: 12, Kind.HANDLE: 20, Kind.RECORD: 50, Kind.COOKIE: 1000, Kind.ONCE: 5000}
IDENTIFYING = frozenset({Kind.LOGIN, Kind.RECORD, Kind.EMAIL, Kind.PHONE, Kind.HANDLE})
STRONG = Kind.strong()
LOWEST_LIMIT = min(GROUP_LIMITS.values())
OVER_LIMIT = "limit"


class Node(NamedTuple):
    """An identifier as the fold sees it.

    names, births: given or full names and birth dates asserted about it; `vouched_*`: those from trusted sources.
    ruled_shared: staff's ruling, None where there is none. is_crowded: known to be shared by count, its neighbours
    not all being at hand (a region ends at such a node).
    """

    key: Key
    names: frozenset[str] = frozenset()
    births: frozenset[str] = frozenset()
    vouched_names: frozenset[str] = frozenset()
    vouched_births: frozenset[str] = frozenset()
    ruled_shared: bool | None = None
    is_crowded: bool = False

    @property
    def says_something(self) -> bool:
        """Whether it tells people apart by itself."""
        return bool(self.names or self.births or self.key.kind == Kind.LOGIN)


class Edge(NamedTuple):
    """A standing link as the fold sees it. id breaks no tie: two edges that differ only in it are alike."""

    id: int
    a: int
    b: int
    verdict: str = "same"
    basis: str = "observed"
    is_verified: bool = False
    weight: float = 0.0

    @property
    def tier(self) -> int:
        """staff, verified, observed (rules too), scored."""
        if self.basis == "staff":
            return 0
        if self.basis == "scored":
            return 3
        return 1 if self.is_verified else 2

    def other(self, node: int) -> int:
        return self.b if node == self.a else self.a


@dataclass(slots=True)
class Folded:
    """groups: every node, in sets; shared and held: the reason of each node and edge that has one."""

    groups: list[frozenset[int]]
    shared: dict[int, str]
    held: dict[int, str]


@dataclass(slots=True)
class Facts:
    """What is known of the person behind one or more identifiers that staff, or nobody, told apart."""

    logins: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: frozenset[str] = frozenset()
    births: frozenset[str] = frozenset()

    def add(self, node: Node) -> None:
        if node.key.kind == Kind.LOGIN:
            self.logins[node.key.namespace].add(node.key.value)
        self.names |= node.names
        self.births |= node.births

    def contradicts(self, other: "Facts") -> bool:
        """Different login ids of one source, or names or birth dates of which no pair agrees."""
        return self.is_rival(other) or self.is_born_apart(other) or not agree(self.names, other.names)

    def is_rival(self, other: "Facts") -> bool:
        """Whether each has login ids of its own with one source."""
        return any(ids.isdisjoint(other.logins[space]) for space, ids in self.logins.items() if space in other.logins)

    def is_born_apart(self, other: "Facts") -> bool:
        return bool(self.births and other.births and self.births.isdisjoint(other.births))

    def settles(self, one: "Facts", other: "Facts") -> bool:
        """Whether these, said to be one person's by staff, hold both sides of what two others contradict each other in.

        Two login ids of one source are one person's only where staff said so of them.
        """
        if one.is_rival(other):
            return False
        if one.is_born_apart(other) and (self.births.isdisjoint(one.births) or self.births.isdisjoint(other.births)):
            return False
        if agree(one.names, other.names):
            return True
        return bool(self.names) and agree(self.names, one.names) and agree(self.names, other.names)


SILENT = Facts()


class Forest:
    """Disjoint sets of nodes (union by size, path halving)."""

    def __init__(self, nodes: Iterable[int]) -> None:
        self.parent = {node: node for node in nodes}
        self.size = dict.fromkeys(self.parent, 1)

    def tie(self, node: int, others: Iterable[int]) -> None:
        """Put a node into one set with others, whether they were known or not."""
        for one in (node, *others):
            if one not in self.parent:
                self.parent[one], self.size[one] = one, 1
            a, b = self.root(node), self.root(one)
            if a != b:
                self.join(a, b)

    def size_at(self, node: int) -> int:
        """How many nodes its set has."""
        return self.size[self.root(node)] if node in self.parent else 1

    def root(self, node: int) -> int:
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def join(self, a: int, b: int) -> tuple[int, int]:
        """Join two roots; returns (the root that stays, the one that went)."""
        keep, gone = (a, b) if self.size[a] >= self.size[b] else (b, a)
        self.parent[gone] = keep
        self.size[keep] += self.size[gone]
        return keep, gone


def fold(nodes: Mapping[int, Node], edges: Iterable[Edge], past_cap: Collection[int] = ()) -> Folded:
    """Fold standing links into groups.

    past_cap: the nodes of regions past their cap, where staff and verified links only are taken and the rest held.
    """
    return Folding(nodes, list(edges), past_cap).run()


class Folding:
    """One fold in progress: the shared set only grows, so it ends, and is the same whatever the order."""

    def __init__(self, nodes: Mapping[int, Node], edges: list[Edge], past_cap: Collection[int]) -> None:
        self.nodes = nodes
        self.past_cap = past_cap
        self.same = sorted((edge for edge in edges if edge.verdict == "same"), key=self.canonical)
        self.different = [edge for edge in edges if edge.verdict == "different"]
        self.ruled_apart = {frozenset((edge.a, edge.b)) for edge in self.different}
        self.neighbours = self.adjacency()
        self.aliases = self.staff_aliases()
        self.shared = {node: reason for node in nodes if (reason := self.shared_reason(node))}

    def canonical(self, edge: Edge) -> tuple[int, float, Key, Key]:
        low, high = sorted((self.nodes[edge.a].key, self.nodes[edge.b].key))
        return edge.tier, -edge.weight, low, high

    def adjacency(self) -> dict[int, list[Edge]]:
        found: dict[int, list[Edge]] = {node: [] for node in self.nodes}
        for edge in self.same:
            found[edge.a].append(edge)
            found[edge.b].append(edge)
        return found

    def staff_aliases(self) -> dict[int, tuple[int, Facts]]:
        """Each node's alias (what staff called the same counts as one) and what is known of it.

        What they have called different since is no longer called the same.
        """
        forest = Forest(())
        for edge in self.same:
            if edge.basis == "staff" and frozenset((edge.a, edge.b)) not in self.ruled_apart:
                forest.tie(edge.a, [edge.b])
        self.told_same = {forest.root(node) for node in forest.parent}
        roots = {node: forest.root(node) if node in forest.parent else node for node in self.nodes}
        facts: dict[int, Facts] = {}
        for node, given in self.nodes.items():
            if given.says_something:
                known = facts.get(roots[node]) or facts.setdefault(roots[node], Facts())
                known.add(given)
        return {node: (root, facts.get(root, SILENT)) for node, root in roots.items()}

    # Who is shared

    def shared_reason(self, node: int) -> str:
        """Why a weak identifier is shared by the facts alone, or ""."""
        given = self.nodes[node]
        if given.key.kind in STRONG or given.ruled_shared is False:
            return ""
        if given.ruled_shared:
            return "staff"
        if given.is_crowded or is_shared_by_count(self.strangers(node)):
            return "count"
        return "contradiction" if self.is_contradicted(node) else ""

    def strangers(self, node: int) -> set[Key]:
        """The neighbours of a node that staff have not called the same as it."""
        told = {edge.other(node) for edge in self.neighbours[node] if edge.basis == "staff"}
        return {self.nodes[edge.other(node)].key for edge in self.neighbours[node] if edge.other(node) not in told}

    def is_contradicted(self, node: int) -> bool:
        """Whether people who contradict each other hang on a node, or are asserted about it.

        What is verified is judged by itself where there is any: an unverified claim takes nobody's address away.
        """
        given = self.nodes[node]
        if given.key.kind in (Kind.EMAIL, Kind.PHONE) and is_self_contradicting(given):
            return True
        vouched = [edge for edge in self.neighbours[node] if edge.tier < 2]
        known: dict[int, Facts] = {}
        for edge in vouched or self.neighbours[node]:
            alias, facts = self.aliases[edge.other(node)]
            if alias != self.aliases[node][0] and facts is not SILENT:
                known[alias] = facts
        return any(self.are_at_odds(a, b, known) for a, b in combinations(known.values(), 2))

    def are_at_odds(self, mine: Facts, other: Facts, around: Mapping[int, Facts]) -> bool:
        """Whether two contradict each other, and staff have not settled that by calling some around them (by alias) the
        same: then whatever agrees with these agrees with what staff said.
        """
        if not mine.contradicts(other):
            return False
        return not any(alias in self.told_same and facts.settles(mine, other) for alias, facts in around.items())

    # Folding

    def run(self) -> Folded:
        while True:
            forest, held = self.join_all()
            newly = self.newly_shared(held)
            if not newly:
                groups: dict[int, set[int]] = defaultdict(set)
                for node in self.nodes:
                    groups[forest.root(node)].add(node)
                return Folded([frozenset(group) for group in groups.values()], self.shared, held)
            self.shared |= newly

    def newly_shared(self, held: Mapping[int, str]) -> dict[int, str]:
        """Weak ends of observed links that were held for contradiction."""
        found = {}
        for edge in self.same:
            if held.get(edge.id) != "contradiction" or edge.basis in ("staff", "scored"):
                continue
            for node in (edge.a, edge.b):
                if self.may_become_shared(node, edge):
                    found[node] = "contradiction"
        return found

    def may_become_shared(self, node: int, edge: Edge) -> bool:
        given = self.nodes[node]
        if node in self.shared or given.key.kind in STRONG or given.ruled_shared is False:
            return False
        return edge.tier < 2 or all(other.tier >= 2 for other in self.neighbours[node])

    def join_all(self) -> tuple[Forest, dict[int, str]]:
        """Go through the standing links in their canonical order, joining groups and holding what may not join."""
        forest = Forest(self.nodes)
        members = {node: [node] for node in self.nodes}
        apart = self.verdicts_apart()
        held: dict[int, str] = {}
        for edge in self.same:
            a, b = forest.root(edge.a), forest.root(edge.b)
            if a == b:
                continue
            reason = self.reason_to_hold(edge, members[a], members[b], apart)
            if reason:
                held[edge.id] = reason
                continue
            keep, gone = forest.join(a, b)
            members[keep] += members.pop(gone)
        return forest, held

    def verdicts_apart(self) -> dict[int, set[int]]:
        apart: dict[int, set[int]] = defaultdict(set)
        for edge in self.different:
            apart[edge.a].add(edge.b)
            apart[edge.b].add(edge.a)
        return apart

    def reason_to_hold(self, edge: Edge, a: list[int], b: list[int], apart: Mapping[int, set[int]]) -> str:
        """Why a link may not join its two groups, or ""."""
        if self.nodes[a[0]].key.brand != self.nodes[b[0]].key.brand:
            return "wall"
        if self.is_held_as_shared(edge):
            return "shared"
        if apart and are_apart(a, b, apart):
            return "different"
        if edge.tier == 0:
            return ""
        if edge.tier > 1 and (edge.a in self.past_cap or edge.b in self.past_cap):
            return "region"
        if self.groups_contradict(a, b):
            return "contradiction"
        if edge.tier > 1 and not edge.is_verified and self.has_strong(a) and self.has_strong(b):
            return "unverified"
        return OVER_LIMIT if self.is_too_large(a, b) else ""

    def is_held_as_shared(self, edge: Edge) -> bool:
        """Nothing joins through a node shared by count; only staff join one shared by contradiction."""
        reasons = {self.shared.get(edge.a), self.shared.get(edge.b)} - {None}
        return "count" in reasons or "staff" in reasons or (bool(reasons) and edge.tier > 0)

    def groups_contradict(self, a: list[int], b: list[int]) -> bool:
        left = {alias: facts for alias, facts in map(self.aliases.__getitem__, a) if facts is not SILENT}
        if not left:
            return False
        right = {alias: facts for alias, facts in map(self.aliases.__getitem__, b) if facts is not SILENT}
        around = {**left, **right}
        return any(
            self.are_at_odds(mine, other, around)
            for alias, mine in left.items()
            for other_alias, other in right.items()
            if alias != other_alias
        )

    def has_strong(self, group: list[int]) -> bool:
        return any(self.nodes[node].key.kind in STRONG for node in group)

    def is_too_large(self, a: list[int], b: list[int]) -> bool:
        """Whether a join would take some kind of identifier past its limit; what staff joined past it stays whole."""
        if len(a) + len(b) <= LOWEST_LIMIT:
            return False
        left, right = (Counter(self.nodes[node].key.kind for node in group) for group in (a, b))
        return any(
            left[kind] and right[kind] and left[kind] + right[kind] > most for kind, most in GROUP_LIMITS.items()
        )


def are_apart(a: Collection[int], b: Collection[int], apart: Mapping[int, set[int]]) -> bool:
    """Whether a `different` verdict stands between two groups. apart: by node, those it is different from."""
    few, many = sorted((a, b), key=len)
    others = set(many)
    return any(apart[node] & others for node in few if node in apart)


def is_shared_by_count(neighbours: set[Key]) -> bool:
    """Whether so many identifying neighbours hang on a weak identifier that it cannot be one person's.

    Login ids of different sources and records are often one person's, so each kind and namespace counts by itself.
    """
    counts = Counter((key.kind, key.namespace) for key in neighbours if key.kind in IDENTIFYING)
    return any(count > SHARED_ABOVE for count in counts.values())


def is_self_contradicting(node: Node) -> bool:
    """Whether the names or birth dates asserted about one identifier cannot be one person's."""
    names = node.vouched_names or node.names
    births = node.vouched_births or node.births
    return len(births) > 1 or any(not could_be_one(a, b) for a, b in combinations(names, 2))
