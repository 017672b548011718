"""Gathering what has to be looked at together: who shares a blocking key, and the customers that hang on it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, LiteralString

from crm.identity.kinds import Key
from crm.matching.blocking import LARGEST_BLOCK
from crm.matching.profiles import Compared, read_back
from crm.matching.verdicts import Verdict
from crm.reading import Reading, answering, both, read
from crm.sql import array

UNITS_READ = 3_000  # compared identifiers of the customers that a batch touches; more are left to the whole pass
MEMBERS_READ = 20_000  # identifiers of theirs
ROUNDS = 8

READ_BLOCKS: LiteralString = """
    SELECT n.key, ARRAY(SELECT identifier_id FROM crm_matchkey WHERE key = n.key LIMIT n.most)
    FROM unnest(%s::bigint[], %s::int[]) AS n (key, most)
"""
# All that the customers of the seeds are, but for the customers that are known.
MEMBERS: LiteralString = """(
    SELECT i.id, i.customer_id, i.kind, i.namespace, i.value
    FROM (
        SELECT DISTINCT customer_id FROM crm_identifier
        WHERE id = ANY(%(seeds)s::bigint[]) AND NOT customer_id = ANY(%(known)s::bigint[])
    ) AS c JOIN crm_identifier i ON i.customer_id = c.customer_id
    LIMIT %(most)s
)"""
READ_MEMBERS: LiteralString = """
    SELECT i.customer_id, i.id, p.features, p.keys, p.is_vouched, i.kind, i.namespace, i.value
    FROM MEMBERS AS i LEFT JOIN crm_matchprofile p ON p.identifier_id = i.id AND p.model_id = %(model)s
""".replace("MEMBERS", MEMBERS)
# What stands among them: links in force, those that staff took back, and pairs that are joined, as links without a
# number.
READ_STANDING: LiteralString = """
    WITH members AS MATERIALIZED MEMBERS
    SELECT id, a_id, b_id, verdict, basis, held, is_verified, weight FROM crm_link
    WHERE a_id = ANY(ARRAY(SELECT id FROM members)) AND withdrawn_at IS NULL
    UNION ALL
    SELECT id, a_id, b_id, 'taken back', basis, held, is_verified, weight FROM crm_link
    WHERE a_id = ANY(ARRAY(SELECT id FROM members)) AND withdrawn_at IS NOT NULL AND withdrawn_by_id IS NOT NULL
        AND basis = 'scored'
    UNION ALL
    SELECT NULL, a_id, b_id, 'joined', '', '', false, weight FROM crm_matchpair
    WHERE a_id = ANY(ARRAY(SELECT id FROM members)) AND verdict = %(joined)s
    UNION ALL
    SELECT NULL, a_id, b_id, 'joined', '', '', false, weight FROM crm_matchpair
    WHERE b_id = ANY(ARRAY(SELECT id FROM members)) AND verdict = %(joined)s
""".replace("MEMBERS", MEMBERS)


@dataclass(slots=True)
class Blocks:
    """members: by key, those who share it, of keys that are not in too many hands; asked: the keys that were read.
    crossed: who shares a key that has just come into too many: pairs of theirs that no other key brings together are
    compared no longer.
    """

    members: dict[int, frozenset[int]] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    crossed: set[int] = field(default_factory=set)

    def read(self, keys: Iterable[int]) -> None:
        """Read who shares each of the keys that were not read yet."""
        read(self.reading(keys))

    def reading(self, keys: Iterable[int], gained: Mapping[int, int] | None = None) -> Reading[None]:
        """As `read`, beside other readings. gained: how many have just got each key."""
        fresh, gained = sorted(set(keys) - self.asked), gained or {}
        if not fresh:
            return
        self.asked.update(fresh)
        most = (LARGEST_BLOCK + 1 + gained.get(key, 0) for key in fresh)
        found = yield from answering(READ_BLOCKS, [array(fresh), array(most)])
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
    """The links among some identifiers.

    ties: those in force that are not scored; apart: staff's `different`; joined: who is in a pair that is joined.
    """

    ties: list[tuple[int, int]] = field(default_factory=list)
    apart: list[tuple[int, int]] = field(default_factory=list)
    scored: dict[tuple[int, int], ScoredLink] = field(default_factory=dict)
    taken_back: set[tuple[int, int]] = field(default_factory=set)
    joined: set[int] = field(default_factory=set)

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for number, a, b, verdict, basis, held, is_verified, weight in rows:
            if verdict == "joined":
                self.joined |= {a, b}
            elif verdict == "taken back":
                self.taken_back.add((a, b))
            elif basis == "scored":
                self.scored[a, b] = ScoredLink(number, is_verified, weight)
            elif verdict == "different":
                self.apart.append((a, b))
            elif not held:
                self.ties.append((a, b))


@dataclass(slots=True)
class Around:
    """What hangs together with some identifiers. units: the profiles of those that are compared, by id; keys: what each
    of all is by its own value; further: whom joined pairs lead to, and who were not read yet.

    is_whole: whether all of it was read.
    """

    units: dict[int, Compared] = field(default_factory=dict)
    keys: dict[int, Key] = field(default_factory=dict)
    customers: set[int] = field(default_factory=set)
    further: set[int] = field(default_factory=set)
    standing: Standing = field(default_factory=Standing)

    @property
    def is_whole(self) -> bool:
        return len(self.units) < UNITS_READ and len(self.keys) < MEMBERS_READ

    def renew(self, changed: Mapping[int, Compared], gone: Iterable[int]) -> None:
        """Put in place how some are compared now, who were read before it was written."""
        for one in gone:
            self.units.pop(one, None)
        known = changed.keys() & self.keys.keys()
        self.units |= {one: replace(changed[one], own=self.keys[one]) for one in known}

    def read_on(self, seeds: Collection[int], model_id: int) -> None:
        """Read the customers of the seeds and those that joined pairs lead to, held ones included, and their links."""
        self.further.update(seeds)
        for _ in range(ROUNDS):
            frontier = self.further - self.keys.keys()
            if not frontier or not self.is_whole:
                break
            read(self.reading(frontier, model_id))

    def reading(self, seeds: Collection[int], model_id: int) -> Reading[None]:
        """Add the customers of the seeds, and whom joined pairs lead to from them."""
        asked = {"seeds": array(seeds), "known": array(self.customers), "most": MEMBERS_READ}
        members, standing = yield from both(
            answering(READ_MEMBERS, {**asked, "model": model_id}),
            answering(READ_STANDING, {**asked, "joined": int(Verdict.JOINED)}),
        )
        self.customers |= {row[0] for row in members}
        self.keys |= {row[1]: Key(*row[5:]) for row in members}
        self.units |= {row[1]: read_back(*row[1:]) for row in members if row[2]}
        self.standing.add(standing)
        self.further |= self.standing.joined
