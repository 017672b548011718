"""Gathering what has to be looked at together: who shares a blocking key, and the customers that hang on it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from crm.matching.blocking import LARGEST_BLOCK
from crm.matching.verdicts import Verdict
from crm.sql import array, cursor, recordset

UNITS_READ = 3_000  # compared identifiers of the customers that a batch touches; more are left to the whole pass
MEMBERS_READ = 6_000  # identifiers of theirs
ROUNDS = 8

READ_BLOCKS = """
    SELECT n.key, m.identifier_id FROM json_to_recordset(%s) AS n (key bigint, most int)
    CROSS JOIN LATERAL (SELECT identifier_id FROM crm_matchkey WHERE key = n.key LIMIT n.most) AS m
"""
CUSTOMERS_OF = "SELECT DISTINCT customer_id FROM crm_identifier WHERE id = ANY(%s::bigint[])"
UNITS_OF = """
    SELECT p.identifier_id FROM crm_identifier i JOIN crm_matchprofile p ON p.identifier_id = i.id
    WHERE i.customer_id = ANY(%s::bigint[]) AND p.model_id = %s ORDER BY 1 LIMIT %s
"""
JOINED_TO = """
    SELECT b_id FROM crm_matchpair WHERE a_id = ANY(%(units)s::bigint[]) AND verdict = %(joined)s
    UNION SELECT a_id FROM crm_matchpair WHERE b_id = ANY(%(units)s::bigint[]) AND verdict = %(joined)s
"""
MEMBERS_OF = "SELECT id FROM crm_identifier WHERE customer_id = ANY(%s::bigint[]) LIMIT %s"
TIES_AMONG = """
    SELECT id, a_id, b_id, verdict, basis, held, is_verified, weight FROM crm_link
    WHERE a_id = ANY(%s::bigint[]) AND withdrawn_at IS NULL
"""
TAKEN_BACK = """
    SELECT a_id, b_id FROM crm_link
    WHERE a_id = ANY(%s::bigint[]) AND withdrawn_at IS NOT NULL AND withdrawn_by_id IS NOT NULL AND basis = 'scored'
"""


@dataclass(frozen=True, slots=True)
class Blocks:
    """members: by key, those who share it, of keys that are not in too many hands. crossed: who shares a key that has
    just come into too many: pairs of theirs that no other key brings together are compared no longer.
    """

    members: Mapping[int, frozenset[int]]
    crossed: frozenset[int]


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


def read_blocks(keys: Iterable[int], gained: Mapping[int, int]) -> Blocks:
    """Who shares each key. gained: how many have just got it."""
    asked = ((key, LARGEST_BLOCK + 1 + gained.get(key, 0)) for key in sorted(keys))
    found: dict[int, set[int]] = {}
    with cursor() as sql:
        sql.execute(READ_BLOCKS, [recordset("key most", asked)])
        for key, identifier in sql:
            found.setdefault(key, set()).add(identifier)
    large = {key: block for key, block in found.items() if len(block) > LARGEST_BLOCK}
    crossed = (block for key, block in large.items() if len(block) - gained.get(key, 0) <= LARGEST_BLOCK)
    members = {key: frozenset(block) for key, block in found.items() if key not in large}
    return Blocks(members, frozenset().union(*crossed))


def units_around(seeds: Collection[int], model_id: int) -> tuple[set[int], set[int]]:
    """(the compared identifiers, the customers) that hang together with the seeds: those of their customers, and of
    the customers that joined pairs lead to, held ones included. UNITS_READ at most.
    """
    units: set[int] = set()
    customers: set[int] = set()
    frontier = set(seeds)
    with cursor() as sql:
        for _ in range(ROUNDS):
            sql.execute(CUSTOMERS_OF, [array(frontier)])
            reached = {customer for (customer,) in sql} - customers
            if not reached or len(units) >= UNITS_READ:
                break
            customers |= reached
            fresh = {one for (one,) in sql.execute(UNITS_OF, [array(reached), model_id, UNITS_READ])} - units
            units |= fresh
            sql.execute(JOINED_TO, {"units": array(fresh), "joined": int(Verdict.JOINED)})
            frontier = {one for (one,) in sql} - units
    return units, customers


def read_standing(customers: Collection[int], units: Collection[int]) -> Standing:
    """The links among the identifiers of these customers."""
    found = Standing()
    with cursor() as sql:
        members = {one for (one,) in sql.execute(MEMBERS_OF, [array(customers), MEMBERS_READ])}
        for number, a, b, verdict, basis, held, is_verified, weight in sql.execute(TIES_AMONG, [array(members)]):
            if basis == "scored":
                found.scored[a, b] = ScoredLink(number, is_verified, weight)
            elif verdict == "different":
                found.apart.append((a, b))
            elif not held:
                found.ties.append((a, b))
        found.taken_back = {(a, b) for a, b in sql.execute(TAKEN_BACK, [array(units)])}
    return found
