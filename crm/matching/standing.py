"""What stands when a whole pass begins: who is one already, which scored links there are, what staff said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql as parts

from crm.identity.models import Link
from crm.matching.clustering import components
from crm.matching.facts import Population, copied
from crm.matching.gathering import ScoredLink
from crm.matching.linking import rulings_from
from crm.matching.models import Due
from crm.profile.models import Trait
from crm.sql import cursor

Longs = NDArray[np.int64]
Pair = tuple[int, int]

ENDS = {"a": pa.int64(), "b": pa.int64()}
IN_FORCE = """
    SELECT a_id, b_id FROM crm_link
    WHERE withdrawn_at IS NULL AND held = '' AND verdict = 'same' AND basis <> 'scored'
"""
APART = "SELECT a_id, b_id FROM crm_link WHERE withdrawn_at IS NULL AND verdict = 'different'"
OWNERS = "SELECT id, customer_id FROM crm_identifier"
SCORED = """
    SELECT id, a_id, b_id, is_verified, weight FROM crm_link
    WHERE withdrawn_at IS NULL AND verdict = 'same' AND basis = 'scored'
"""
TAKEN_BACK = """
    SELECT DISTINCT a_id, b_id FROM crm_link
    WHERE withdrawn_by_id IS NOT NULL AND verdict = 'same' AND basis = 'scored'
"""


class Tie(NamedTuple):
    """What makes a scored link that one: its ends, the smaller id first, and whether it is verified."""

    a: int
    b: int
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """What had come in before a pass read anything. due: the queue's rows, which the pass covers; trait, link: the
    last ones.

    What was said later is the live path's, and no change of the pass overrules it.
    """

    due: Longs
    trait: int
    link: int

    @classmethod
    def now(cls) -> "Mark":
        due = np.fromiter(Due.objects.values_list("pk", flat=True).iterator(), dtype=np.int64)
        last = (rows.order_by("-pk").values_list("pk", flat=True).first() for rows in (Trait.objects, Link.objects))
        return cls(due, *(number or 0 for number in last))


@dataclass(frozen=True, slots=True)
class Standing:
    """What stood. groups, customers: one of each row of the population: its base group, and its customer.

    scored: the standing scored links. different: pairs of base groups that staff called
    different. taken_back: pairs of rows whose scored link staff withdrew.
    """

    groups: Longs
    customers: Longs
    scored: Mapping[Tie, ScoredLink]
    different: frozenset[Pair]
    taken_back: frozenset[Pair]

    @property
    def rulings(self) -> dict[Pair, bool]:
        return rulings_from(self.groups, self.different)

    def is_ruled_apart(self, a: int, b: int) -> bool:
        """Whether staff called the base groups of two rows different."""
        pair = int(self.groups[a]), int(self.groups[b])
        return not self.different.isdisjoint((pair, pair[::-1]))


def read_standing(population: Population) -> Standing:
    """Read what stands, as it concerns the population."""
    groups = BaseGroups.read()
    owners = pairs_of(OWNERS)
    order = np.argsort(owners[0])
    customers = owners[1][order][np.searchsorted(owners[0][order], population.ids)]
    apart = zip(*(groups.of(ends).tolist() for ends in pairs_of(APART)), strict=True)
    back = [population.rows_of(ends) for ends in pairs_of(TAKEN_BACK)]
    known = (back[0] >= 0) & (back[1] >= 0)
    taken_back = zip(*(np.sort(np.array(back)[:, known], axis=0).tolist()), strict=True)
    with cursor() as sql:
        scored = {Tie(a, b, sure): ScoredLink(link, sure, weight) for link, a, b, sure, weight in sql.execute(SCORED)}
    return Standing(
        groups.of(population.ids), customers, scored, frozenset(map(pair, apart)), frozenset(map(pair, taken_back))
    )


def pair(ends: tuple[int, int]) -> Pair:
    return ends


def pairs_of(query: str) -> tuple[Longs, Longs]:
    """Two columns of a query."""
    table = copied(parts.SQL(query), ENDS)
    return table["a"].to_numpy(), table["b"].to_numpy()


@dataclass(frozen=True, slots=True)
class BaseGroups:
    """What all links but the scored ones add up to. ends: the identifiers that have links, sorted; names: of each."""

    ends: Longs
    names: Longs

    @classmethod
    def read(cls) -> "BaseGroups":
        """Read the links in force: which of them are held does not depend on scored ones, which are folded last."""
        left, right = pairs_of(IN_FORCE)
        ends, places = np.unique(np.concatenate([left, right]), return_inverse=True)
        rows = places.astype(np.int32)
        found = components(len(ends), rows[: len(left)], rows[len(left) :])
        return cls(ends, ends[found])

    def of(self, identifiers: Longs) -> Longs:
        """The group of each identifier, named by its smallest; one without links is its own."""
        if not len(self.ends):
            return identifiers
        at = np.minimum(np.searchsorted(self.ends, identifiers), len(self.ends) - 1)
        groups: Longs = np.where(self.ends[at] == identifiers, self.names[at], identifiers)
        return groups
