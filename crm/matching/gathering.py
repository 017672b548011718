"""Gathering what has to be looked at together: who shares a blocking key, and the customers that hang on it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

from crm.matching.blocking import LARGEST_BLOCK
from crm.matching.profiles import Compared, read_back
from crm.matching.verdicts import Verdict
from crm.reading import Reading, Statement, read
from crm.sql import array, cursor

UNITS_READ = 3_000  # compared identifiers of the customers that a batch touches; more are left to the whole pass
MEMBERS_READ = 20_000  # identifiers of theirs
ROUNDS = 8

READ_BLOCKS = """
    SELECT n.key, ARRAY(SELECT identifier_id FROM crm_matchkey WHERE key = n.key LIMIT n.most)
    FROM unnest(%s::bigint[], %s::int[]) AS n (key, most)
"""
# All that the customers of the seeds are, but for the customers that are known.
MEMBERS_OF: LiteralString = """
    SELECT i.customer_id, i.id, p.features, p.keys, p.is_vouched, i.kind, i.namespace, i.value
    FROM (
        SELECT DISTINCT customer_id FROM crm_identifier
        WHERE id = ANY(%(seeds)s::bigint[]) AND NOT customer_id = ANY(%(known)s::bigint[])
    ) AS c
    JOIN crm_identifier i ON i.customer_id = c.customer_id
    LEFT JOIN crm_matchprofile p ON p.identifier_id = i.id AND p.model_id = %(model)s
    LIMIT %(most)s
"""
JOINED_TO: LiteralString = """
    SELECT b_id FROM crm_matchpair WHERE a_id = ANY(%(units)s::bigint[]) AND verdict = %(joined)s
    UNION SELECT a_id FROM crm_matchpair WHERE b_id = ANY(%(units)s::bigint[]) AND verdict = %(joined)s
"""
TIES_AMONG: LiteralString = """
    SELECT id, a_id, b_id, verdict, basis, held, is_verified, weight FROM crm_link
    WHERE a_id = ANY(%s::bigint[]) AND withdrawn_at IS NULL
"""
TAKEN_BACK: LiteralString = """
    SELECT a_id, b_id FROM crm_link
    WHERE a_id = ANY(%s::bigint[]) AND withdrawn_at IS NOT NULL AND withdrawn_by_id IS NOT NULL AND basis = 'scored'
"""


@dataclass(slots=True)
class Blocks:
    """members: by key, those who share it, of keys that are not in too many hands; asked: the keys that were read.
    crossed: who shares a key that has just come into too many: pairs of theirs that no other key brings together are
    compared no longer.
    """

    members: dict[int, frozenset[int]] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    crossed: set[int] = field(default_factory=set)

    def read(self, keys: Iterable[int], gained: Mapping[int, int] | None = None) -> None:
        """Read who shares each of the keys that were not read yet. gained: how many have just got it."""
        fresh, gained = set(keys) - self.asked, gained or {}
        if not fresh:
            return
        self.asked |= fresh
        with cursor() as sql:
            keys = sorted(fresh)
            most = (LARGEST_BLOCK + 1 + gained.get(key, 0) for key in keys)
            found = sql.execute(READ_BLOCKS, [array(keys), array(most)]).fetchall()
        for key, block in found:
            if len(block) <= LARGEST_BLOCK:
                self.members[key] = frozenset(block)
            elif len(block) - gained.get(key, 0) <= LARGEST_BLOCK:
                self.crossed.update(block)


@dataclass(frozen=True, slots=True)
class ScoredLink:
    """A scored link that stands."""

    id: int
    is_verified: bool
    weight: float


@dataclass(slots=True)
class Standing:
    """The links among some identifiers. ties: those in force that are not scored; apart: staff's `different`."""

    ties: list[tuple[int, int]] = field(default_factory=list)
    apart: list[tuple[int, int]] = field(default_factory=list)
    scored: dict[tuple[int, int], ScoredLink] = field(default_factory=dict)
    taken_back: set[tuple[int, int]] = field(default_factory=set)

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for number, a, b, verdict, basis, held, is_verified, weight in rows:
            if basis == "scored":
                self.scored[a, b] = ScoredLink(number, is_verified, weight)
            elif verdict == "different":
                self.apart.append((a, b))
            elif not held:
                self.ties.append((a, b))


@dataclass(slots=True)
class Around:
    """What hangs together with some identifiers. units: the profiles of those that are compared, by id.

    is_whole: whether all of it was read.
    """

    units: dict[int, Compared] = field(default_factory=dict)
    customers: set[int] = field(default_factory=set)
    members: int = 0
    standing: Standing = field(default_factory=Standing)

    @property
    def is_whole(self) -> bool:
        return len(self.units) < UNITS_READ and self.members < MEMBERS_READ


def read_around(seeds: Collection[int], model_id: int) -> Around:
    """Read the customers of the seeds and those that joined pairs lead to, held ones included, and their links."""
    around, frontier = Around(), set(seeds)
    for _ in range(ROUNDS):
        if not frontier or not around.is_whole:
            break
        frontier = read(following(around, frontier, model_id)) - around.units.keys()
    return around


def following(around: Around, seeds: Collection[int], model_id: int) -> Reading[set[int]]:
    """Add the customers of the seeds; gives whom joined pairs lead to from them."""
    told = {"seeds": array(seeds), "known": array(around.customers), "model": model_id, "most": MEMBERS_READ}
    [rows] = yield [Statement(MEMBERS_OF, told, is_kept=False)]
    around.customers |= {row[0] for row in rows}
    around.members += len(rows)
    members, fresh = array(row[1] for row in rows), {row[1]: read_back(*row[1:]) for row in rows if row[2]}
    around.units |= fresh
    units = array(fresh)
    joined, ties, taken_back = yield [
        Statement(JOINED_TO, {"units": units, "joined": int(Verdict.JOINED)}, is_kept=False),
        Statement(TIES_AMONG, [members], is_kept=False),
        Statement(TAKEN_BACK, [units], is_kept=False),
    ]
    around.standing.add(ties)
    around.standing.taken_back |= set(taken_back)
    return {one for (one,) in joined}
